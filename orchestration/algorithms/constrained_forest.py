"""Joining what belongs together, strongest sign first, without joining what must stay apart.

Kruskal's forest with constraints: where a path of signs would join two things that must stay
apart, the weakest sign on it is the one that isn't used. Pure functions; order them beforehand.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def join_strongest_first(
    edges: Iterable[tuple[Node, Node]],
    *,
    anchors: Mapping[Node, Hashable] | None = None,
    apart: Iterable[tuple[Node, Node]] = (),
) -> dict[Node, Node]:
    """Each node of `edges` with the least node of its group.

    `edges` come strongest first. A group never holds two different anchors (`anchors` gives the
    nodes that have one), nor both nodes of a pair in `apart`. An edge that would break this is
    left out, whatever comes after it. Cost: nearly linear in edges, plus the pairs kept apart.
    """
    leader: dict[Node, Node] = {}
    members: dict[Node, list[Node]] = {}
    anchor_of: dict[Node, Hashable] = {}
    enemies: dict[Node, set[Node]] = {}
    given = anchors or {}
    for left, right in apart:
        enemies.setdefault(left, set()).add(right)
        enemies.setdefault(right, set()).add(left)

    def find(node: Node) -> Node:
        if node not in leader:
            leader[node] = node
            members[node] = [node]
            if node in given:
                anchor_of[node] = given[node]
            return node
        root = node
        while leader[root] != root:
            root = leader[root]
        while leader[node] != root:
            leader[node], node = root, leader[node]
        return root

    for left, right in edges:
        one, other = find(left), find(right)
        if one == other:
            continue
        if one in anchor_of and other in anchor_of and anchor_of[one] != anchor_of[other]:
            continue
        if len(members[one]) < len(members[other]):
            one, other = other, one
        # The leaders' sets hold the enemies of all their members.
        hostile = enemies.get(one, set())
        if hostile and any(member in hostile for member in members[other]):
            continue
        leader[other] = one
        members[one] += members.pop(other)
        if other in anchor_of:
            anchor_of[one] = anchor_of.pop(other)
        if other in enemies:
            enemies.setdefault(one, set()).update(enemies.pop(other))
    least: dict[Node, Node] = {}
    for group in members.values():
        first = min(group)  # type: ignore[type-var]
        least.update(dict.fromkeys(group, first))
    return least

"""`passerelle backup` and `restore`, and what every command says of a damaged warehouse."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from orchestration import backup as backups
from orchestration.cli import main
from orchestration.settings import key_fingerprint
from orchestration.warehouse import run_lock
from tests.integration.conftest import KEY, World
from tests.integration.lead_plans import AS_OF, DAY, NUMBERS, fill, lead, publish, told

SALES = f"leads_{DAY}_sales.csv"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A home with a warehouse, a published version and a lead that was given."""
    folder = tmp_path_factory.mktemp("filled")
    made = World(folder / "home", folder / "landing", AS_OF)
    made.landing.mkdir()
    fill(made)
    with duckdb.connect(str(made.home / "warehouse.duckdb")) as con:
        fingerprint = key_fingerprint(KEY.encode())
        con.execute("insert into audit.key_fingerprint values (?, now()::timestamp)", [fingerprint])
        con.execute("create table marts.numbers as select range as n from range(200000)")
    version = made.home / ".published" / "20261102T080000000000-a"
    version.mkdir(parents=True)
    (made.home / "published").symlink_to(Path(".published") / version.name)
    with duckdb.connect(str(version / "bi.duckdb")) as con:
        con.execute("create schema marts")
        con.execute("create table marts.n as select 7 as n")
    publish(made, [lead("ann")])
    assert call(made, "deliver", "--as-of", AS_OF)[0] == 0
    (made.home / "state").mkdir(exist_ok=True)
    (made.home / "state" / "suppressions.jsonl").write_text('{"hash": "a"}\n')
    return made


@pytest.fixture
def world(filled: World, tmp_path: Path) -> World:
    made = World(tmp_path / "home", tmp_path / "landing", AS_OF)
    shutil.copytree(filled.home, made.home, symlinks=True)
    # as a publication makes it: the steward's file is the whole one under a second name
    steward = made.home / "published" / "steward"
    steward.mkdir()
    os.link(made.home / "published" / "bi.duckdb", steward / "bi.duckdb")
    made.landing.mkdir()
    return made


def call(world: World, *arguments: str, home: Path | None = None) -> tuple[int, str]:
    """A command in this process: exit code and what it says."""
    out = io.StringIO()
    places = ["--home", str(home or world.home), "--landing", str(world.landing)]
    with redirect_stdout(out), redirect_stderr(out):
        code = main([*arguments, *places])
    return code, out.getvalue()


def state_of(home: Path) -> dict[str, bytes]:
    """Every file of a home that a backup takes, and its bytes."""
    found = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_file() and name.startswith((".published/", "warehouse.duckdb", "outbox/")):
            found[name] = path.read_bytes()
    return found


def numbers(home: Path) -> int:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return int(con.execute("select sum(n) from marts.numbers").fetchone()[0])


def test_there_and_back_on_another_machine(world: World, tmp_path: Path) -> None:
    code, said = call(world, "backup", str(tmp_path / "b.tar"), "--json")
    assert code == 0, said
    assert json.loads(said)["key_fingerprint"] == key_fingerprint(KEY.encode())
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600
    before = state_of(world.home)
    elsewhere = tmp_path / "new" / "home"
    code, said = call(world, "restore", str(tmp_path / "b.tar"), home=elsewhere)
    assert code == 0, said
    assert state_of(elsewhere) == before
    assert (elsewhere / "published").readlink() == (world.home / "published").readlink()
    assert stat.S_IMODE((elsewhere / "outbox" / SALES).stat().st_mode) == 0o600
    assert numbers(elsewhere) == 200000 * 199999 // 2
    # The lead that was given is known there too.
    copy = World(elsewhere, world.landing, AS_OF)
    assert call(copy, "deliver", "--as-of", AS_OF)[1].startswith("delivered  0 leads")
    assert told(copy) == [(SALES, "lead", "T-ann", NUMBERS["ann"])]


def test_a_folder_gets_a_file_named_by_the_moment(world: World, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert call(world, "backup", str(tmp_path / "backups"))[0] == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.startswith("passerelle-2")
    assert made.suffix == ".tar"


def test_nothing_is_overwritten_unasked(world: World, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    code, said = call(world, "backup", str(file))
    assert code == 2
    assert "--force" in said
    code, said = call(world, "restore", str(file))
    assert code == 2
    assert "holds warehouse.duckdb and published; --force" in said
    code, said = call(world, "backup", str(world.home / "b.tar"))
    assert code == 2
    assert "another disk" in said


def test_while_a_run_writes_there_is_no_backup(world: World, tmp_path: Path) -> None:
    assert call(world, "backup", str(tmp_path / "b.tar"))[0] == 0
    with run_lock(world.home, "job everything"):
        for command in (("backup", str(tmp_path / "c.tar")), ("restore", str(tmp_path / "b.tar"))):
            code, said = call(world, *command, "--force")
            assert code == 75
            assert "job everything" in said
    assert not (tmp_path / "c.tar").exists()


def test_another_key_is_refused(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    monkeypatch.setenv("PASSERELLE_HMAC_KEY", "another key of the same length ")
    code, said = call(world, "restore", str(file), home=tmp_path / "new")
    assert code == 2
    assert "another key than the backup's" in said
    assert not (tmp_path / "new").exists()
    monkeypatch.delenv("PASSERELLE_HMAC_KEY")
    code, said = call(world, "restore", str(file), home=tmp_path / "new")
    assert code == 0
    assert "the key wasn't compared" in said


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _change(file: Path) -> None:
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = b"\xff" * 64
    file.write_bytes(data)


def _newer(file: Path) -> None:
    with tarfile.open(file) as archive:
        members = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    about = json.loads(members["about.json"])
    members["about.json"] = json.dumps({**about, "format": 2, "passerelle": "9.0"}).encode()
    with tarfile.open(file, "w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _stray(file: Path) -> None:
    with tarfile.open(file, "a") as archive:
        info = tarfile.TarInfo("home/../../stray")
        archive.addfile(info, io.BytesIO(b""))


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_cut, "isn't whole"),
        (_change, "differ from their digests"),
        (lambda file: file.write_bytes(b"hello " * 999), "no backup of Passerelle"),
        (lambda file: file.write_bytes(b""), "no backup of Passerelle"),
        (_newer, "Passerelle 9.0, which is newer"),
        (_stray, "which it doesn't announce"),
    ],
    ids=["cut", "changed", "text", "empty", "newer", "stray"],
)
def test_a_faulty_backup_leaves_the_home_as_it_was(
    world: World, tmp_path: Path, harm: Callable[[Path], None], reason: str
) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    harm(file)
    before = state_of(world.home)
    code, said = call(world, "restore", str(file), "--force")
    assert code == 1, said
    assert reason in said
    assert said.count("\n") == 1
    assert state_of(world.home) == before
    assert not (world.home / backups.WORK).exists()


def test_a_kill_between_two_renames_is_mended_by_the_same_restore(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    before = state_of(world.home)
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        con.execute("delete from marts.numbers")

    class Killed(BaseException):
        pass

    put = Path.replace

    def dies(self: Path, target: Path) -> Path:
        if self.name == "bi.duckdb":
            raise Killed
        return put(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(Killed):
        call(world, "restore", str(file), "--force")
    monkeypatch.undo()
    assert call(world, "restore", str(file), "--force")[0] == 0
    assert state_of(world.home) == before


def test_who_was_erased_since_stays_erased(world: World, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    kept = world.home / "state" / "suppressions.jsonl"
    kept.write_text('{"hash": "a"}\n{"hash": "b"}\n')
    assert call(world, "restore", str(file), "--force")[0] == 0
    assert kept.read_text() == '{"hash": "a"}\n{"hash": "b"}\n'
    # Also where the backup knew of none yet.
    shutil.rmtree(world.home / "state")
    assert call(world, "backup", str(file), "--force")[0] == 0
    kept.parent.mkdir()
    kept.write_text('{"hash": "c"}\n')
    assert call(world, "restore", str(file), "--force")[0] == 0
    assert kept.read_text() == '{"hash": "c"}\n'


@pytest.mark.parametrize("way", ["restored", "rebuilt"])
def test_no_lead_is_given_twice_by_a_warehouse_that_forgot(
    world: World, tmp_path: Path, way: str
) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    publish(world, [lead("ann"), lead("ben")])
    assert call(world, "deliver", "--as-of", AS_OF)[0] == 0
    given = (world.home / "outbox" / SALES).read_bytes()
    if way == "restored":
        assert call(world, "restore", str(file), "--force")[0] == 0
        # The plan of the backup; the one after it follows with the next run.
    else:
        (world.home / "warehouse.duckdb").unlink()
        fill(world)
    publish(world, [lead("ann"), lead("ben"), lead("cid")])
    code, said = call(world, "deliver", "--as-of", AS_OF)
    assert code == 2
    assert f"doesn't know of ({SALES})" in said
    assert (world.home / "outbox" / SALES).read_bytes() == given
    # Once the day is past its leads can't be called any more, and what is new goes out.
    later = {"call_date": "2026-11-04", "expires_at": "2026-11-04 19:00:00"}
    slot = {"slot_start_at": "2026-11-04 09:00:00", "slot_end_at": "2026-11-04 09:30:00"}
    publish(world, [lead("cid", **later, **slot)], as_of="2026-11-04 08:00:00")
    code, said = call(world, "deliver", "--as-of", "2026-11-04 08:00:00")
    assert code == 0, said
    assert [line[2] for line in told(world) if "11-04" in line[0]] == ["T-cid"]


def test_a_clock_before_the_plan_delivers_nothing(world: World) -> None:
    code, said = call(world, "deliver", "--as-of", "2026-11-02 07:59:00")
    assert code == 2
    assert "is before the plan in force" in said


def _nothing(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_bytes(b"no database\n" * 4000)


def _header(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\0" * 8192
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [_nothing, _cut, _text, _header])
def test_a_damaged_warehouse_is_named_with_the_ways_back(
    world: World, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    file = tmp_path / "b.tar"
    assert call(world, "backup", str(file))[0] == 0
    before = state_of(world.home)
    harm(world.home / "warehouse.duckdb")
    commands = [
        ("run",),
        ("run", "--job", "ingestion"),
        ("status",),
        ("quarantine", "list"),
        ("trace", "dim_product", "P1"),
        ("deliver", "--as-of", AS_OF),
        ("erase", "customer_id:C1"),
        ("subject-access", "customer_id:C1"),
        ("purge",),
        ("backup", str(tmp_path / "c.tar")),
    ]
    for command in commands:
        code, said = call(world, *command)
        line = said.strip().splitlines()[-1]
        assert code == 1, (command, said)
        assert f"{world.home / 'warehouse.duckdb'} is damaged" in line, (command, said)
        assert "passerelle restore FILE" in line
        assert "passerelle run" in line
        assert "Traceback" not in said
    assert call(world, "restore", str(file), "--force")[0] == 0
    assert state_of(world.home) == before
    assert call(world, "quarantine", "list")[0] == 0


def test_damage_in_the_middle_is_told_when_it_is_met(world: World, tmp_path: Path) -> None:
    path = world.home / "warehouse.duckdb"
    data = bytearray(path.read_bytes())
    # Every block after the first few: the catalogue or a column can't be read.
    for start in range(300_000, len(data), 262_144):
        data[start : start + 2000] = b"\xff" * 2000
    path.write_bytes(data)
    code, said = call(world, "run", "--job", "ingestion")
    assert code == 1, said
    assert f"{path} is damaged" in said
    assert "Traceback" not in said

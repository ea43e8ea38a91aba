"""The command line without a run: help, usage errors, an empty home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import cli, commands, pipeline
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse import WarehouseBusyError, run_lock


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PASSERELLE_LANDING", raising=False)
    monkeypatch.delenv("PASSERELLE_AS_OF", raising=False)


@pytest.mark.parametrize(
    "arguments",
    [[], ["run"], ["sample"], ["status"], ["quarantine"], ["quarantine", "show"], ["ui"]],
)
def test_help_is_given_everywhere(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--help"])
    assert ended.value.code == 0
    assert "usage: passerelle" in capsys.readouterr().out


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in [
        (["--help"], ["passerelle sample --out", "exit codes", "75"]),
        (["run", "--help"], ["--full-refresh", "PASSERELLE_HMAC_KEY", "does nothing"]),
        (["quarantine", "--help"], ["replay", "personal data"]),
    ]:
        with pytest.raises(SystemExit):
            cli.main(arguments)
        text = capsys.readouterr().out
        for word in words:
            assert word in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--job", "nothing"], "one of: everything, ingestion"),
        (["run", "--as-of", "yesterday"], "no instant"),
        (["run"], "passerelle sample --out"),
        (["quarantine", "show", "0123456789abcdef"], "nothing has been loaded"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == pipeline.USAGE
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("home", ["file", "file/below"])
def test_a_home_that_is_a_file_is_2(
    tmp_path: Path, home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "zone").mkdir()
    arguments = ["run", "--home", str(tmp_path / home), "--landing", str(tmp_path / "zone")]
    assert cli.main(arguments) == pipeline.USAGE
    assert "is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["nonsense"], ["sample"], ["quarantine", "replay"]])
def test_unknown_words_are_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == pipeline.USAGE


def test_status_of_an_empty_home(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == pipeline.OK
    assert "nothing has run yet" in capsys.readouterr().out
    assert cli.main(["status", "--json"]) == pipeline.OK
    found = json.loads(capsys.readouterr().out)
    assert found["publication"] is None
    assert found["sources"] == found["runs"] == found["failing_checks"] == []


def test_quarantine_of_an_empty_home(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["quarantine", "list"]) == pipeline.OK
    assert "nothing has been loaded" in capsys.readouterr().out


def test_a_sample_is_not_written_over_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "file").touch()
    assert cli.main(["sample", "--out", str(tmp_path / "out")]) == pipeline.USAGE
    assert "isn't empty" in capsys.readouterr().err


def test_a_busy_warehouse_is_75_and_names_the_holder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.load()
    settings.landing.mkdir(parents=True)
    code = "import sys; from pathlib import Path; from orchestration.warehouse import run_lock\n"
    code += "with run_lock(Path(sys.argv[1]), 'job everything'):\n"
    code += "    print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(settings.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT_DIR,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert cli.main(["run"]) == pipeline.BUSY
        message = capsys.readouterr().err
        holder.communicate("")
    assert f"process {holder.pid}" in message
    assert "job everything" in message


def test_the_lock_excludes_within_a_process(tmp_path: Path) -> None:
    with run_lock(tmp_path, "one"), pytest.raises(WarehouseBusyError), run_lock(tmp_path, "two"):
        pass
    with run_lock(tmp_path, "three"):
        pass


def test_errors_are_explained_without_tracebacks() -> None:
    code, text = commands.explain(RuntimeError("first line\nsecond line"))
    assert code == pipeline.FAILED
    assert text == "RuntimeError: first line (--debug shows where)"


def test_light_commands_import_no_heavy_library() -> None:
    code = (
        "import sys; from orchestration import cli; cli.main(['status'])\n"
        "heavy = {'dagster', 'dbt', 'great_expectations', 'sqlalchemy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=dict(os.environ),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

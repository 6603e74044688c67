"""The wheel holds every module and data file that the checkout holds, and the locks name no index."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipelines", "spiders", "classifiers", "warehouse")


def test_the_wheel_holds_what_the_folders_hold(tmp_path: Path) -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    checkout = tmp_path / "checkout"
    for name in names:
        if name.split("/")[0] in PACKAGES or "/" not in name:
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, checkout / name)
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path),
        str(checkout),
    ]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.split("/")[0] in PACKAGES}
    assert packed == {name for name in names if name.split("/")[0] in PACKAGES}


def test_the_locks_hold_pins_and_hashes_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if not line.startswith(" ")]
        assert pins
        assert all("==" in pin for pin in pins)
        assert all(line.strip().startswith("--hash=sha256:") for line in lines if line.startswith(" "))

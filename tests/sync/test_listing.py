"""Rows of what belongs on a board."""

from pathlib import Path

from iot_kernel.config.device_files import read_device_file
from iot_kernel.sync.listing import resource_rows


def rows(projects, yaml):
    file = projects / "boards.yaml"
    file.write_text(f"lamp:\n  uid: 00:01\n{yaml}")
    (config,) = read_device_file(file, lambda text: projects / text)
    return list(resource_rows(config, projects))


def test_rows(tmp_path):
    projects, elsewhere = tmp_path / "projects", tmp_path / "elsewhere"
    for path, size in (
        (projects / "libs" / "secrets.py", 317),
        (projects / "libs" / "odd\nname.py", 1),
        (elsewhere / "b.py", 12),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * size)
    (projects / "libs" / "data").mkdir()
    yaml = f"  resources:\n    - libs\n    - b.py: {{path: {elsewhere}, mpy: true}}\n    - nosuch\n"
    assert rows(projects, yaml) == [
        ("12", "/b.mpy", f"{elsewhere}/b.py"),
        ("1", "/odd?name.py", "libs/odd?name.py"),
        ("317", "/secrets.py", "libs/secrets.py"),
        ("", "/data/"),
        ("", f"'nosuch' (boards.yaml, line 6): there is no {projects}/nosuch"),
    ]


def test_no_rows(tmp_path: Path):
    assert rows(tmp_path, "") == []

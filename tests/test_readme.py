"""What README shows must run."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_python_example_runs(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    shorter = example.replace("instances=1", "instances=1, n_frames=5")
    assert shorter != example
    scope = {}
    exec(compile(shorter, str(README), "exec"), scope)
    assert scope["trajectories"].curves.sizes["category"] == 11
    assert capsys.readouterr().out.startswith("[")


def test_every_linked_file_exists():
    for page in [README, *README.parent.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

"""The static check of training code: what it warns of, and above all what it does not."""

from __future__ import annotations

import ast
import json
import math
import os
import random
import re
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wslayout.audit_api import audit
from wslayout.auditing.code import CodeRead, read_code
from wslayout.auditing.code.reading import LARGEST
from wslayout.auditing.code.rounds import stride
from wslayout.auditing.code.scopes import Scope
from wslayout.auditing.code.sizes import Sizes
from wslayout.auditing.evidence import Evidence, Known, Missing, Unknown
from wslayout.auditing.rule import Case, Measured, Rule
from wslayout.auditing.rules import (
    code_indexed_media,
    code_large_config,
    code_log_every_step,
    code_wide_value,
)
from wslayout.cli.main import run
from wslayout.display.annotations import sarif
from wslayout.errors import SourceError

DATA = Path(__file__).parent / "data" / "code"

INDEXED, WIDE, OFTEN, CONFIG = RULES = (
    code_indexed_media.RULE,
    code_wide_value.RULE,
    code_log_every_step.RULE,
    code_large_config.RULE,
)

# Which of them depends on how deep the parser of each Python goes.
TOO_DEEP = r"is nested too deeply to be read\.|is no Python that can be read.*"

MARK = re.compile(r"# (code-[a-z-]+)$")


def evidence(read: CodeRead | None) -> Evidence:
    """Evidence that knows nothing but code."""
    no = Unknown("it is not looked at")
    return Evidence(
        source="code",
        project="code",
        keys=no,
        runs=no,
        points=no,
        histories=no,
        configs=no,
        summaries=no,
        values=no,
        calls=no,
        files=no,
        rare=no,
        views=no,
        reports=no,
        activity=no,
        answers=no,
        code=Unknown("no code was given") if read is None else Known(read.spots),
    )


def check(rule: Rule, read: CodeRead, limit: float | None = None) -> Measured:
    return rule.check(evidence(read), rule.limit if limit is None else limit)


def found(read: CodeRead) -> list[tuple[str, int]]:
    """The rules that find something, with the lines."""
    cases = [(rule.id, case) for rule in RULES for case in check(rule, read).cases]
    return sorted((rule, case.place.line) for rule, case in cases if case.place is not None)


def written(folder: Path, code: str, name: str = "train.py") -> CodeRead:
    """What is found in some code, in a file of its own."""
    path = folder / name
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    return read_code(path)


def only_case(rule: Rule, read: CodeRead) -> tuple[Case, str]:
    """The one case of a rule, with what is said about it."""
    measured = check(rule, read)
    (case,) = measured.cases
    return case, measured.message([case])


@pytest.mark.parametrize("script", sorted(DATA.glob("*/*.py.txt")), ids=lambda path: path.name)
def test_scripts(script: Path, tmp_path: Path) -> None:
    code = script.read_text(encoding="utf-8")
    marks = [
        (mark[1], number)
        for number, line in enumerate(code.splitlines(), 1)
        if (mark := MARK.search(line))
    ]
    assert found(written(tmp_path, code)) == sorted(marks)
    assert bool(marks) == (script.parent.name == "warned")


W = "import wandb\n"

FLAGGED = {
    # A media key for each sample.
    "f-string": (W + "for i, x in enumerate(xs): wandb.log({f'a_{i}': wandb.Image(x)})", INDEXED),
    "percent": (W + "for i in range(n): wandb.log({'a%d' % i: wandb.Image(x)})", INDEXED),
    "percent of two": (
        W + "for i in range(n): wandb.log({'%s/a%d' % (s, i): wandb.Image(x)})",
        INDEXED,
    ),
    "format": (W + "for i in range(n): wandb.log({'a{}'.format(i): wandb.Audio(x)})", INDEXED),
    "format by name": (
        W + "for i in range(n): wandb.log({'a{k:03d}'.format(k=i): wandb.Html(x)})",
        INDEXED,
    ),
    "added": (W + "for i in range(n): wandb.log({'a' + str(i): wandb.Table(x)})", INDEXED),
    "key of its own": (
        W + "for i in range(n):\n k = f'a{i}'\n wandb.log({k: wandb.Image(x)})",
        INDEXED,
    ),
    "number from the loop": (
        W + "for x in loader:\n k = x.id\n wandb.log({f'a{k}': wandb.Image(x)})",
        INDEXED,
    ),
    "counter": (
        W + "n = 0\nfor x in xs:\n wandb.log({f'a{n}': wandb.Image(x)})\n n += 1",
        INDEXED,
    ),
    "while": (
        W + "n = 0\nwhile n < end:\n wandb.log({f'a{n}': wandb.Image(x)})\n n += 1",
        INDEXED,
    ),
    "list of media": (
        W + "for i in range(n): wandb.log({f'a{i}': [wandb.Image(x) for x in xs]})",
        INDEXED,
    ),
    "bound media": (
        W + "for i in range(n):\n m = wandb.Video(x)\n wandb.log({f'a{i}': m})",
        INDEXED,
    ),
    "nested": (W + "for i in range(n): wandb.log({'val': {f'a{i}': wandb.Image(x)}})", INDEXED),
    "comprehension": (
        W + "wandb.log({f'img_{i}': wandb.Image(x) for i, x in enumerate(xs)})",
        INDEXED,
    ),
    "comprehension of unknown": (
        W + "wandb.log({f'a{i}': wandb.Image(x) for i, x in xs})",
        INDEXED,
    ),
    "filled": (
        W + "d = {}\nfor i in range(n): d[f'a{i}'] = wandb.Image(x)\nwandb.log(d)",
        INDEXED,
    ),
    "updated": (
        W + "d = {}\nfor i in range(n): d.update({f'a{i}': wandb.Image(x)})\nwandb.log(d)",
        INDEXED,
    ),
    "merged": (
        W + "d = dict()\nfor i in range(n): d |= {f'a{i}': wandb.Image(x)}\nwandb.log({**d})",
        INDEXED,
    ),
    "files": (
        W + "for p in folder.glob('*.png'): wandb.log({f'a/{p.stem}': wandb.Image(p)})",
        INDEXED,
    ),
    "batches": (
        W + "for b in val_loader: wandb.log({f'a/{b[\"path\"]}': wandb.Image(b)})",
        INDEXED,
    ),
    "names by index": (
        W + "for i in range(n): wandb.log({f'a/{image_paths[i]}': wandb.Image(x)})",
        INDEXED,
    ),
    "epochs": (
        W + "for epoch in range(100): wandb.log({f'e{epoch}': wandb.Image(x)})",
        INDEXED,
    ),
    "eleven names": (
        W + f"for s in {tuple('abcdefghijk')}: wandb.log({{f'{{s}}/x': wandb.Image(x)}})",
        INDEXED,
    ),
    "eleven numbers": (W + "for i in range(11): wandb.log({f'a{i}': wandb.Image(x)})", INDEXED),
    "splits times numbers": (
        W + "for s in ('a', 'b'):\n for i in range(99): wandb.log({f'{s}{i}': wandb.Image(x)})",
        INDEXED,
    ),
    "imported names": (
        "from wandb import Image, log\nfor i in range(n): log({f'a{i}': Image(x)})",
        INDEXED,
    ),
    "another name of the module": (
        "import wandb as wb\nfor i in range(n): wb.log({f'a{i}': wb.Image(x)})",
        INDEXED,
    ),
    "a run": (
        W + "exp = wandb.init()\nfor i in range(n): exp.log({f'a{i}': wandb.Image(x)})",
        INDEXED,
    ),
    "a run in a with": (
        W + "with wandb.init() as r:\n for i in range(n): r.log({f'a{i}': wandb.Image(x)})",
        INDEXED,
    ),
    "a run by a walrus": (
        W + "if (r := wandb.init()):\n for i in range(n): r.log({f'a{i}': wandb.Image(x)})",
        INDEXED,
    ),
    "a run as attribute": (
        W
        + """
class T:
    def __init__(self): self.tracker = wandb.init()
    def go(self):
        for i in range(n): self.tracker.log({f'a{i}': wandb.Image(x)})
""",
        INDEXED,
    ),
    "an annotated run": (
        "from wandb.sdk.wandb_run import Run\ndef f(r: Run | None):\n r.log({'x': range(10**6)})",
        WIDE,
    ),
    "a run annotated by a string": (
        "def f(r: 'wandb.sdk.wandb_run.Run'):\n r.log({'x': range(10**6)})",
        WIDE,
    ),
    "the current run": (W + "wandb.run.log({'x': range(10**6)})", WIDE),
    "the module as attribute": (W + "self._wandb.log({'x': range(10**6)})", WIDE),
    "data by its word": (W + "wandb.log(data={'x': range(10**6)}, step=1)", WIDE),
    # Wide values.
    "list of a range": (W + "wandb.log({'x': list(range(10**6))})", WIDE),
    "a constant of the module": (W + "N = 1_000_000\ndef f(): wandb.log({'x': range(N)})", WIDE),
    "a repeated list": (W + "wandb.log({'x': [0.0] * (1024 * 1024)})", WIDE),
    "a repeated string": (W + "wandb.log({'x': 'ab' * int(1e6)})", WIDE),
    "a comprehension": (W + "wandb.log({'x': [f(i) for i in range(1 << 20)]})", WIDE),
    "a name": (W + "x = [0] * 10**6\nwandb.log({'x': x})", WIDE),
    "nested in a dict": (W + "wandb.log({'a': {'b': range(10**6)}})", WIDE),
    "by dict()": (W + "wandb.log(dict(a=1, b=range(10**6)))", WIDE),
    "loaded": (W + "import json\nwandb.log(json.load(open('x.json')))", WIDE),
    "loaded as a value": (W + "wandb.log({'x': json.load(open('x.json'))})", WIDE),
    "loaded and merged": (W + "d = pickle.load(open('p', 'rb'))\nwandb.log({**d, 'a': 1})", WIDE),
    "loaded from text": (W + "wandb.log(json.loads(Path('x.json').read_text()))", WIDE),
    "loaded from YAML": (W + "with open('x') as f: wandb.log(yaml.safe_load(f))", WIDE),
    # Logging at each step.
    "each step": (W + "for i in range(100_001): wandb.log({'a': 1})", OFTEN),
    "always on": (W + "for i in range(10**6):\n if args.wandb: wandb.log({'a': 1})", OFTEN),
    "main process": (
        W
        + "for i in range(10**6):\n if acc.is_main_process and not args.debug: wandb.log({'a': 1})",
        OFTEN,
    ),
    "counted up": (
        W + "n = 0\nwhile n < 10**6:\n wandb.log({'a': 1}, step=n)\n n += 1",
        OFTEN,
    ),
    "trange with words": (W + "for i in trange(10**6, desc='x'): wandb.log({'a': 1})", OFTEN),
    "of self": (
        W + "class T:\n def __init__(self): self.n = 10**6\n"
        " def fit(self):\n  for i in range(self.n): wandb.log({'a': 1})",
        OFTEN,
    ),
    "by another name": (
        W + "run = wandb.init()\nlog = run.log\nfor i in range(10**6): log({'a': 1})",
        OFTEN,
    ),
    "progress bar": (W + "for i in tqdm(range(10**6), desc='x'): wandb.log({'a': 1})", OFTEN),
    "trange": (W + "for i in trange(10**6): wandb.log({'a': 1})", OFTEN),
    "enumerated": (W + "for i, x in enumerate(range(10**6)): wandb.log({'a': 1})", OFTEN),
    "nested loops": (
        W + "for e in range(1000):\n for i in range(1000): wandb.log({'a': 1})",
        OFTEN,
    ),
    "a loop of unknown length around": (
        W + "while True:\n for i in range(10**6): wandb.log({'a': 1})",
        OFTEN,
    ),
    "data within": (
        W + "for e in range(200_000):\n for x in train_loader: wandb.log({'a': 1})",
        OFTEN,
    ),
    "only a switch": (
        W + "for i in range(10**6):\n if args.wandb and rank == 0: wandb.log({'a': 1})",
        OFTEN,
    ),
    "unknown metrics": (W + "for i in range(10**6):\n m = f()\n wandb.log(m)", OFTEN),
    "a histogram": (W + "for i in range(10_001): wandb.log({'a': wandb.Histogram(x)})", OFTEN),
    "media": (W + "for i in range(50_001): wandb.log({'a': wandb.Image(x)})", OFTEN),
    "a short stride of the range": (
        W + "for i in range(0, 10**6, 5): wandb.log({'a': 1})",
        OFTEN,
    ),
    "by step": (W + "for i in range(10**6): wandb.log({'a': 1}, step=i)", OFTEN),
    # Configs.
    "config": (W + "wandb.init(config={'x': range(10**7)})", CONFIG),
    "config of a run": (W + "run = wandb.init()\nrun.config.update({'x': 'a' * 10**8})", CONFIG),
    "config by item": (W + "wandb.config['x'] = [0] * 10**7", CONFIG),
    "config by attribute": (W + "wandb.config.x = list(range(10**7))", CONFIG),
    "config by name": (W + "c = {'x': [0] * 10**7}\nwandb.init(config=c)", CONFIG),
    "config by another name": (W + "c = wandb.config\nc.update({'x': [0] * 10**7})", CONFIG),
    "config of two": (
        W + "wandb.init(config={'a': 'a' * 6_000_000, 'b': 'b' * 6_000_000})",
        CONFIG,
    ),
}

PASSED = {
    # Not W&B's.
    "math.log": W + "for i in range(10**6): math.log(i)",
    "logger": W + "for i in range(10**6): logger.log(10, {'x': range(10**7)})",
    "numpy": W + "for i in range(10**6): np.log({'x': range(10**7)})",
    "Lightning": W + "for i in range(10**6): self.log('x', range(10**7))",
    "no wandb": "for i in range(10**6): run.log({'x': range(10**7)})",
    "another tracker": "import wandb, mlflow\nrun = mlflow.run()\nrun.log({'x': range(10**7)})",
    "azure": W + "from azureml import Run\nrun = Run.get()\nrun.log({'x': range(10**7)})",
    "a run of Azure": W + "for i in range(10**6): run.log('loss', loss)",
    "a function called log": W + "def log(x): ...\nlog({'x': range(10**7)})",
    "PIL": W + "from PIL import Image\nfor i in range(n): wandb.log({f'a{i}': Image.open(p)})",
    "artifacts": W + "for i in range(n): artifact.add(wandb.Image(x), f'a{i}')",
    # Media under one key, or few.
    "a list": W + "wandb.log({'a': [wandb.Image(x) for x in xs]})",
    "one key in a loop": W + "for i in range(n): wandb.log({'a': wandb.Image(x), 'i': i})",
    "captions": W + "for i in range(n): wandb.log({'a': wandb.Image(x, caption=f'{i}')})",
    "scalars": W + "for i in range(n): wandb.log({f'loss_{i}': x})",
    "histograms": W + "for i in range(n): wandb.log({f'layer_{i}': wandb.Histogram(x)})",
    "splits": W + "for s in ('train', 'val'): wandb.log({f'{s}/x': wandb.Image(x)})",
    "splits of a constant": W + "S = ['a', 'b']\nfor s in S: wandb.log({f'{s}/x': wandb.Image(x)})",
    "ten names": W + f"for s in {tuple('abcdefghij')}: wandb.log({{f'{{s}}/x': wandb.Image(x)}})",
    "ten numbers": W + "for i in range(10): wandb.log({f'a{i}': wandb.Image(x)})",
    "the first few": W + "for i, x in enumerate(xs[:4]): wandb.log({f'a{i}': wandb.Image(x)})",
    "the first few by name": (
        W + "few = xs[:5]\nfor i, x in enumerate(few): wandb.log({f'a{i}': wandb.Image(x)})"
    ),
    "the smaller": W + "for i in range(min(8, len(xs))): wandb.log({f'a{i}': wandb.Image(x)})",
    "while few": W + "for i, x in enumerate(xs):\n if i < 4: wandb.log({f'a{i}': wandb.Image(x)})",
    "left after few": (
        W + "for i, x in enumerate(xs):\n if i >= 4: break\n wandb.log({f'a{i}': wandb.Image(x)})"
    ),
    "left after a few more": (
        W + "for i, x in enumerate(xs):\n wandb.log({f'a{i}': wandb.Image(x)})\n if i == 3: break"
    ),
    "islice": (W + "for i, x in enumerate(islice(xs, 5)): wandb.log({f'a{i}': wandb.Image(x)})"),
    "modulo": W + "for i in range(n): wandb.log({f'a{i % 4}': wandb.Image(x)})",
    "names of a dict": W + "for k, x in images.items(): wandb.log({f'a/{k}': wandb.Image(x)})",
    "keys of a dict": W + "for k in images: wandb.log({f'a/{k}': wandb.Image(images[k])})",
    "classes": W + "for name in classes: wandb.log({f'a/{name}': wandb.Image(x)})",
    "names of classes": (
        W + "for i in range(n): wandb.log({f'a/{class_names[i]}': wandb.Image(x)})"
    ),
    "a prefix": W + "def f(prefix, x): wandb.log({f'{prefix}/a': wandb.Image(x)})",
    "outside of the loop": W + "for i in range(n): pass\nwandb.log({f'a{i}': wandb.Image(x)})",
    "a dict that is not logged": (
        W + "d = {}\nfor i in range(n): d[f'a{i}'] = wandb.Image(x)\nwandb.log({'n': len(d)})"
    ),
    "a dict that is emptied": (
        W + "d = {}\nfor i in range(n): d[f'a{i}'] = wandb.Image(x)\nd = {'a': 1}\nwandb.log(d)"
    ),
    # Narrow values.
    "unknown length": W + "wandb.log({'x': range(n)})",
    "a changing constant": W + "N = 10\nif big: N = 10**7\nwandb.log({'x': range(N)})",
    "a global": W + "N = 10**7\ndef g():\n global N\n N = 1\ndef f(): wandb.log({'x': range(N)})",
    "a parameter": W + "N = 10**7\ndef f(N): wandb.log({'x': range(N)})",
    "a short range": W + "wandb.log({'x': list(range(1000))})",
    "its length": W + "wandb.log({'x': len(range(10**7))})",
    "media of it": W + "wandb.log({'x': wandb.Histogram(list(range(10**7)))})",
    "a huge power": W + "wandb.log({'x': range(9**9**9**9)})",
    "divided by nothing": W + "wandb.log({'x': range(1 // 0)})",
    "told by itself": W + "N = N\nwandb.log({'x': range(N)})",
    "one value of a file": W + "d = json.load(f)\nwandb.log({'x': d['x']})",
    "a file of any path": W + "with open(path) as f: wandb.log(json.load(f))",
    "what a variable calls metrics": W + "metrics = json.load(open('x.json'))\nwandb.log(metrics)",
    "a history of accuracies": W + "wandb.log(json.load(open('history.json')))",
    # Layers, heads, levels and loaders are few.
    "layers": W + "for i, x in enumerate(model.layers): wandb.log({f'w_{i}': wandb.Image(x)})",
    "levels": W + "for i in range(cfg.num_levels): wandb.log({f'P{i}': wandb.Image(x)})",
    "heads": W + "for i in range(len(heads)): wandb.log({f'h{i}': wandb.Image(x)})",
    "loaders": W + "for i, x in enumerate(val_loaders): wandb.log({f'v{i}': wandb.Image(x)})",
    "a mock": W + "run = mock.Mock()\nrun.log({'x': range(10**7)})",
    # What lets some rounds pass only.
    **{
        f"only if {test}": W + f"for i in range(10**6):\n if {test}: wandb.log({{'a': 1}})"
        for test in (
            "args.track and env.episode_over",
            "args.track and buffer.is_full()",
            "np.random.rand() < args.log_prob",
            "args.track and random.random() < 0.01",
            "self.cfg.wandb and self.accumulator.ready",
            "self.rank == 0 and self.meter.count >= 100",
            "self.logger.flush_due()",
            "self.optimizer.stepped",
        )
    },
    "histogram sometimes": W
    + "for i in range(80_000): "
    + "wandb.log({'a': 1, 'h': wandb.Histogram(x) if i % 100 == 0 else None})",
    "one step for many rounds": W + "for i in range(10**6): wandb.log({'a': 1}, step=i // 100)",
    "gathered": W + "for i in range(10**6): wandb.log({'a': 1}, commit=False)",
    "raised out of": W + "for i in range(10**6):\n wandb.log({'a': 1})\n if bad: raise Stop",
    "ended": W + "for i in range(10**6):\n wandb.log({'a': 1})\n if bad: sys.exit(1)",
    "while by twos": W + "n = 0\nwhile n < 200_000:\n wandb.log({'a': 1})\n n += 2",
    "while sometimes": W + "n = 0\nwhile n < 10**6:\n if x: n += 1\n wandb.log({'a': 1})",
    "metrics of a file": W + "wandb.log(json.load(open('metrics.json')))",
    "results by a path": W + "with open(results_path) as f: wandb.log(json.load(f))",
    "a message": W + "wandb.log(json.loads(record.msg))",
    "lines": W + "for line in f: wandb.log(json.loads(line))",
    "a loaded file that was changed": W + "d = json.load(f)\nd = mean(d)\nwandb.log(d)",
    "a module that loads": W + "d = torch.load(f)\nwandb.log({'x': model.load(f)})",
    # Not at each step.
    "few steps": W + "for i in range(100_000): wandb.log({'a': 1})",
    "few histograms": W + "for i in range(10_000): wandb.log({'a': wandb.Histogram(x)})",
    "few media": W + "for i in range(50_000): wandb.log({'a': wandb.Image(x)})",
    "a stride": W + "for i in range(10**6):\n if i % 100 == 0: wandb.log({'a': 1})",
    "a stride by and": W + "for i in range(10**6):\n i % 100 == 0 and wandb.log({'a': 1})",
    "a stride by if-else": W + "for i in range(10**6): wandb.log({}) if i % 9 == 0 else None",
    "a stride by continue": (
        W + "for i in range(10**6):\n if i % 100: continue\n wandb.log({'a': 1})"
    ),
    "a stride by name": W + "for i in range(10**6):\n if i >= log_every: wandb.log({'a': 1})",
    "a stride by a flag": W + "for i in range(10**6):\n if should_log: wandb.log({'a': 1})",
    "a stride of the range": W + "for i in range(0, 10**6, 10): wandb.log({'a': 1})",
    "at an end": W + "for i in range(10**6):\n x, done = f()\n if done: wandb.log({'a': 1})",
    "on an event": W + "for i in range(10**6):\n if env.finished(): wandb.log({'a': 1})",
    "on an error": W + "for i in range(10**6):\n try: f()\n except E: wandb.log({'a': 1})",
    "left early": W + "for i in range(10**6):\n wandb.log({'a': 1})\n if f(i): break",
    "returned early": (
        W + "def f():\n for i in range(10**6):\n  wandb.log({'a': 1})\n  if g(i): return"
    ),
    "of what there is": W + "for i in range(10**6):\n for x in done: wandb.log({'a': 1})",
    "runs": (
        W + "for s in range(100):\n run = wandb.init()\n for i in range(9999): run.log({'a': 1})"
    ),
    "other metrics": W + "for i in range(10**6): wandb.log({f'a{i}': 1})",
    "one step": W + "for e in range(9):\n for i in range(99_999): wandb.log({'a': 1}, step=e)",
    "histograms in some rounds": (
        W
        + "for i in range(99_999):\n d = {'a': 1}\n if i % 99 == 0: d['h'] = wandb.Histogram(x)\n"
        + " wandb.log(d)"
    ),
    "zipped": W + "for i, x in zip(range(10**6), xs): wandb.log({'a': 1})",
    "a function in a loop": W + "for i in range(10**6):\n def f(): wandb.log({'a': 1})",
    "unknown steps": W + "for i in range(args.steps): wandb.log({'a': 1})",
    # Configs.
    "settings": W + "wandb.init(config={'lr': 0.1, 'layers': [64] * 12})",
    "settings of a file": W + "wandb.init(config=yaml.safe_load(open('c.yaml')))",
    "settings of a JSON file": W + "c = json.load(open('c.json'))\nwandb.init(config=c)",
    "a config of our own": W + "config.update({'x': [0] * 10**7})\ncfg.config['x'] = [0] * 10**7",
    "media in no config": W + "wandb.config.update(args)\nwandb.init(config=vars(args))",
}


@pytest.mark.parametrize(("code", "rule"), FLAGGED.values(), ids=FLAGGED)
def test_flagged(code: str, rule: Rule, tmp_path: Path) -> None:
    assert [one for one, _ in found(written(tmp_path, code))] == [rule.id]


@pytest.mark.parametrize("code", PASSED.values(), ids=PASSED)
def test_passed(code: str, tmp_path: Path) -> None:
    read = written(tmp_path, code)
    assert found(read) == []
    assert read.notes == ()


@pytest.mark.parametrize(
    ("code", "rule", "said", "measured"),
    [
        (
            "for i, x in enumerate(xs): wandb.log({f'pred_img_{i}': wandb.Image(x)})",
            INDEXED,
            "`pred_img_{i}` is another media key in each round of the loop; log a list under one "
            "key, `pred_img`",
            math.inf,
        ),
        (
            "for i in range(64): wandb.log({'v': {'{}/{:02d}.png'.format(s, i): wandb.Image(x)}})",
            INDEXED,
            "`v.{s}/{i}.png` is another media key in each round of the loop; log a list under "
            "one key, `v.{s}/png`",
            64,
        ),
        (
            "for i in range(12): wandb.log({str(i): wandb.Image(x)})",
            INDEXED,
            "`{i}` is another media key in each round of the loop; log a list under one key, "
            "`samples`",
            12,
        ),
        (
            "wandb.log({'x': 'a' * 2_000_000})",
            WIDE,
            "`'a' * 2000000` is a value of 2 MB; log a summary of it, or an artifact",
            2_000_002,
        ),
        (
            "wandb.log(json.load(open('large.json')))",
            WIDE,
            "the whole file `large.json` is logged, whose size can't be told; log it as an "
            "artifact",
            math.inf,
        ),
        (
            "for i in range(20_000): wandb.log({'a': 1, 'h': wandb.Histogram(x)})",
            OFTEN,
            "`wandb.log` logs a histogram 20,000 times without a stride; W&B advises fewer than "
            "10,000 points, log it every 5 rounds",
            20_000,
        ),
        (
            "wandb.config.x = 'a' * 20_000_000",
            CONFIG,
            "`'a' * 20000000` goes into the config, 20 MB; keep the settings there, and data in "
            "an artifact",
            20_000_002,
        ),
    ],
)
def test_what_is_said(code: str, rule: Rule, said: str, measured: float, tmp_path: Path) -> None:
    read = written(tmp_path, W + code)
    case, message = only_case(rule, read)
    assert (message, case.measured) == (said, measured)
    assert case.name == said.partition("; ")[0]
    assert case.certainty == ("estimated" if math.isinf(measured) else "exact")


@pytest.mark.parametrize(
    ("code", "rule", "most"),
    [
        ("for i in range({}): wandb.log({{f'a{{i}}': wandb.Image(x)}})", INDEXED, 10),
        ("wandb.log({{'x': 'a' * ({} - 2)}})", WIDE, 1_000_000),
        ("for i in range({}): wandb.log({{'a': 1}})", OFTEN, 100_000),
        ("for i in range({}): wandb.log({{'a': wandb.Image(x)}})", OFTEN, 50_000),
        ("for i in range({}): wandb.log({{'a': wandb.Histogram(x)}})", OFTEN, 10_000),
        ("wandb.config.x = 'a' * ({} - 2)", CONFIG, 10_000_000),
    ],
)
def test_just_under_and_just_over(code: str, rule: Rule, most: int, tmp_path: Path) -> None:
    assert found(written(tmp_path, W + code.format(most))) == []
    over = written(tmp_path, W + code.format(most + 1))
    assert found(over) == [(rule.id, 2)]
    assert check(rule, over, 2 * rule.limit).cases == []


@pytest.mark.parametrize(
    ("code", "rule", "most"),
    [
        ("wandb.log(json.load(open('data/x.json')))", WIDE, 1_000_000),
        ("wandb.log(json.loads((Path('data') / 'x.json').read_text()))", WIDE, 1_000_000),
        ("P = 'data/x.json'\nwandb.init(config=json.load(open(P)))", CONFIG, 10_000_000),
        (
            "with open(os.path.join('data', 'x.json')) as f:\n c = json.load(f)\n"
            " wandb.config.update(c)",
            CONFIG,
            10_000_000,
        ),
    ],
)
@pytest.mark.parametrize("beside", ["script", "folder"])
def test_files_that_are_there_are_measured(
    code: str, rule: Rule, most: int, beside: str, tmp_path: Path
) -> None:
    script = tmp_path / "src" / "train.py"
    file = (script.parent if beside == "script" else tmp_path) / "data" / "x.json"
    file.parent.mkdir(parents=True)
    script.parent.mkdir(exist_ok=True)
    script.write_text(W + code)
    for size, cases in ((most, 0), (most + 1, 1)):
        with file.open("wb") as stream:
            stream.truncate(size)
        measured = check(rule, read_code(tmp_path))
        assert [case.measured for case in measured.cases] == [size] * cases
        assert measured.certainty == "exact"


def test_no_code_is_not_checked() -> None:
    for rule in RULES:
        with pytest.raises(Missing, match="no code was given"):
            rule.check(evidence(None), rule.limit)


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = Path("src/pkg/é.py")
    script.parent.mkdir(parents=True)
    script.write_text("import wandb\r\nif x:\r\n\t'é'; wandb.log({'é': range(10**6)})", "utf-8")
    for path, file in (
        ("src", "src/pkg/é.py"),
        (".", "src/pkg/é.py"),
        ("src/pkg/é.py", "src/pkg/é.py"),
    ):
        (spot,) = read_code(Path(path)).spots
        assert (spot.place.file, spot.place.line, spot.place.column) == (file, 3, 23)


def test_which_files_are_read(tmp_path: Path) -> None:
    code = W + "wandb.log({'x': range(10**6)})"
    for name in (
        "b.py",
        "a/z.py",
        "a.txt",
        ".hidden/x.py",
        ".venv/x.py",
        "venv/x.py",
        "a/site-packages/x.py",
        "node_modules/x.py",
        "__pycache__/x.py",
        "build/x.py",
        "dist/x.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code)
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "nowhere.py").symlink_to(tmp_path / "gone.py")
    read = read_code(tmp_path)
    assert [spot.place.file for spot in read.spots] == [
        (tmp_path / "b.py").as_posix(),
        (tmp_path / "a" / "z.py").as_posix(),
    ]
    assert (read.files, read.notes) == (2, ())
    assert read == read_code(tmp_path)


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    for path in (tmp_path, tmp_path / "a.txt"):
        with pytest.raises(SourceError, match="holds no Python"):
            read_code(path)
    for path in (tmp_path / "b.py", Path("a\0b")):
        with pytest.raises(SourceError, match=r"is not there|can't be read"):
            read_code(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"def f(:\n", r"is no Python that can be read: invalid syntax \(line 1\)\."),
        (b"x = '\xff'", "can't be read: its encoding is not known."),
        (b"# coding: nonsense\n", "can't be read: its encoding is not known."),
        (b"import wandb\nx = " + b"-" * 4000 + b"1", TOO_DEEP),
        (b"import wandb\nx = " + b"a." * 4000 + b"b", TOO_DEEP),
        (b"#" * (LARGEST + 1), "is left out: it has 5 MB, more than 5 MB."),
    ],
)
def test_what_can_not_be_read_is_noted(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_bytes(data)
    (tmp_path / "good.py").write_text(W + "wandb.log({'x': range(10**6)})")
    read = read_code(tmp_path)
    assert read.files == 1
    assert len(read.spots) == 1
    (note,) = read.notes
    assert re.fullmatch(re.escape((tmp_path / "bad.py").as_posix()) + f" ({said})", note)


@pytest.mark.parametrize("text", ["\0", "x = 1\0", "(" * 5000, "[" * 300 + "]" * 300])
def test_odd_files_are_noted(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(text)
    assert len(read_code(tmp_path).notes) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads all")
def test_forbidden_files_are_noted(tmp_path: Path) -> None:
    (tmp_path / "bad.py").touch(mode=0)
    (tmp_path / "folder").mkdir(mode=0)
    assert len(read_code(tmp_path).notes) == 2


def notebook(*sources: str | list[str], kind: str = "code") -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": one} for one in sources]})


def test_notebooks(tmp_path: Path) -> None:
    path = tmp_path / "train.ipynb"
    path.write_text(
        notebook(
            "%%bash\nls (",
            ["!pip install wandb\n", "import wandb\n", "%matplotlib inline"],
            "x = (",
            "%%time\nN = 10**6",
            "if True:\n    !ls\n    wandb.log({'x': range(N)})",
        )
    )
    read = read_code(path)
    (spot,) = read.spots
    assert (spot.place.line, spot.place.column) == (3, 21)
    assert spot.said.endswith("(in cell 5)")
    assert list(read.notes) == [f"{path.as_posix()}: no Python that can be read in cell 3."]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cells": 1}', "{", "[" * 100_000, '{"cells": [1, {"source": 1}]}']
)
def test_odd_notebooks(text: str, tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text(text)
    assert read_code(tmp_path).spots == ()


def test_a_long_function_is_read_fast(tmp_path: Path) -> None:
    lines = [f"  x{i % 7} = x{(i + 1) % 7}.f(x{(i + 3) % 7}) + x{i * 5 % 7}" for i in range(2000)]
    code = "\n".join([W, "def f():", " for i in range(n):", *lines])
    code += "\n  wandb.log({f'{x0}{x1}{x2}': [x3, x4, wandb.Image(x5)], 'y': range(x6), **x6})"
    assert written(tmp_path, code).notes == ()


@pytest.mark.parametrize("sign", [1, -1])
@given(st.integers(-3000, 3000), st.integers(-3000, 3000), st.integers(1, 400))
def test_the_size_of_a_range(sign: int, start: int, end: int, step: int) -> None:
    node = ast.parse(f"range({start}, {end}, {sign * step})", mode="eval").body
    written = json.dumps(list(range(start, end, sign * step)))
    assert Sizes().of(node, Scope("module")) == len(written)


@pytest.mark.parametrize(
    "code",
    [
        "[0] * 10",
        "7 * 'ab'",
        "[[0] * 4] * 5",
        "[] * 5",
        "[1] * -1",
        "{'a': 1, 'b': [1, 2], **{'c': None}}",
        "dict(a=1.5, b='é')",
        "[1] + [2, 3]",
        "'ab' + 'c'",
        "{'a': 1} | {'b': True}",
        "[7 for i in range(12) for j in range(3)]",
        "list(range(100))",
        "(1, 2)",
    ],
)
def test_sizes(code: str) -> None:
    node = ast.parse(code, mode="eval").body
    written = json.dumps(eval(code))  # noqa: S307 - the literals above
    assert Sizes().of(node, Scope("module")) == len(written)


@pytest.mark.parametrize(
    ("points", "limit", "every"),
    [(100_001, 100_000, 2), (10**6, 10**5, 20), (10**6, 10**4, 200), (4 * 10**6, 10**5, 50)],
)
def test_strides(points: int, limit: int, every: int) -> None:
    assert stride(points, limit) == every
    assert points / every < limit


_ONE_FILE = settings(
    deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_ONE_FILE
@given(st.text() | st.binary())
def test_any_text_can_be_read(tmp_path: Path, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    for name in ("any.py", "any.ipynb"):
        (tmp_path / name).write_bytes(data)
    assert read_code(tmp_path).spots == ()


EXPRESSIONS = [
    "i", "j", "n", "x", "d", "10**6", "'a'", "None", "wandb.Image(x)", "wandb.init()", "run",
    "f'{A}_{B}'", "'%s' % A", "'%d%%' % (A, B)", "'{}'.format(A)", "'{0}{k}'.format(A, k=B)",
    "'{'.format(A)", "A + B", "A * B", "A % B", "A ** B", "A | B", "-A", "A[B]", "A[:B]", "A.x",
    "A(B)", "range(A)", "range(A, B, -1)", "enumerate(A)", "zip(A, B)", "list(A)", "min(A, B)",
    "[A, B]", "(A, B)", "{A: B}", "{**A, A: B}", "dict(A, b=B)", "dict(**A)", "[A for i in B]",
    "{A: B for i in A if B}", "(A for i, j in B)", "lambda x: A", "A if B else A", "A and B",
    "A < B", "(n := A)", "json.load(A)", "json.loads(A.read())", "open(A)", "*A",
    "wandb.log(A)", "run.log({A: B})", "wandb.log(data=A, step=B)", "wandb.config.update(A)",
]  # fmt: skip

STATEMENTS = [
    "E", "x = E", "d = E", "n = E", "d[E] = E", "i, j = E", "n += E", "d |= E", "d.update(E)",
    "x: int = E", "wandb.config[E] = E", "wandb.config.x = E", "self.run = E", "global n",
    "for i in E:\n B", "for i, j in enumerate(E):\n B\nelse:\n B", "while E:\n B", "if E:\n B",
    "if E:\n B\nelse:\n B", "with E as x:\n B", "try:\n B\nexcept E as x:\n B\nfinally:\n B",
    "try:\n B\nexcept* E:\n B", "def f(x, n=E, *d: E) -> E:\n B", "class run(E):\n n = E\n B",
    "async def f():\n async for i in E:\n  B",
    "match E:\n case [i, *x]:\n  B\n case {'a': d, **n}:\n  B",
    "return E", "del x", "import wandb as run", "from wandb import log, Image as x",
    "for i in E:\n if E:\n  break\n B", "for i in E:\n if E:\n  continue\n B",
]  # fmt: skip


def program(dice: random.Random, size: int) -> str:
    """A small program, made by chance."""

    def expression(depth: int) -> str:
        shape = dice.choice(EXPRESSIONS[:11] if depth > 3 else EXPRESSIONS)
        return re.sub(r"\b[AB]\b", lambda _: f"({expression(depth + 1)})", shape)

    def statement(depth: int) -> str:
        shape = dice.choice(STATEMENTS[:14] if depth > 3 else STATEMENTS)
        lines = []
        for line in shape.split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            if line.strip() == "B":
                lines.append(textwrap.indent(statement(depth + 1), indent))
            else:
                lines.append(re.sub(r"\bE\b", lambda _: f"({expression(1)})", line))
        return "\n".join(lines)

    return "\n".join(["import wandb", *(statement(0) for _ in range(size))])


@settings(deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_any_program_can_be_read(tmp_path: Path, seed: int, size: int) -> None:
    code = program(random.Random(seed), size)
    try:
        code = ast.unparse(ast.parse(code))
    except SyntaxError:
        return
    read = written(tmp_path, code)
    assert read.notes == ()
    for rule in RULES:
        measured = check(rule, read, 0)
        for case in measured.cases:
            assert measured.message([case])
            assert case.measured > 0
            assert case.place is not None
            assert 1 <= case.place.line <= len(code.splitlines())


def test_code_that_can_not_be_read_is_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither wholly nor in part is it said to be well for sure, and machines are told, too."""
    broken = tmp_path / "broken.py"
    broken.write_text("import wandb\nfor i in range(10\n")
    report = audit(code=broken)
    assert not report.passed
    assert {one.reason for one in report.not_checked} == {f"nothing in {broken} could be read"}
    assert run(["audit", "--code", str(broken), "--github"]) == 0
    assert "was never closed" in capsys.readouterr().out
    (tmp_path / "well.py").write_text("import wandb\n")
    report = audit(code=tmp_path)
    assert {one.certainty for one in report.passed} == {"sampled"}
    log = sarif(report, RULES, "wslayout.yaml")
    (invocation,) = log["runs"][0]["invocations"]
    texts = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert any("was never closed" in text for text in texts)


def test_training_code_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import wandb\n")
    with pytest.raises(SourceError, match="is training code") as raised:
        audit(tmp_path / "train.py")
    assert "--code" in raised.value.hint


CELLS: dict[str, list[str]] = {
    "a shell's answer": ["import wandb\nfiles = !ls", "wandb.log({'x': range(10**7)})"],
    "help": ["import wandb\ndf.head?", "wandb.log({'x': range(10**7)})"],
    "a line that goes on": [
        "import wandb\nx = ('%d'\n  % lr)",
        "wandb.log({'x': range(10**7)})",
    ],
    "a magic and a line that goes on": [
        "%matplotlib inline\nimport wandb\nx = ('%d'\n  % lr)",
        "wandb.log({'x': range(10**7)})",
    ],
    "a broken cell": ["import wandb\nfor i in (\n", "wandb.log({'x': range(10**7)})"],
    "a timed line": ["import wandb\nx = %time f()", "wandb.log({'x': range(10**7)})"],
}


@pytest.mark.parametrize("name", CELLS)
def test_no_cell_hides_the_others(name: str, tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": source} for source in CELLS[name]]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    (case,) = check(WIDE, read_code(path)).cases
    assert case.place is not None
    assert case.place.line == 1


def test_generated_code_takes_no_time(tmp_path: Path) -> None:
    """Names that are bound thousands of times are not followed."""
    lines = "".join(f" k = k + 'a'\n logs[k] = {n}\n run.log(logs)\n" for n in range(3_000))
    code = f"import wandb\nrun = wandb.init()\nk = ''\nlogs = {{}}\nfor i in range(9):\n{lines}"
    assert found(written(tmp_path, code)) == []

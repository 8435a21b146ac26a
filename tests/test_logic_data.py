"""The figures of the documentation, on the public sets themselves."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = os.environ.get("TRIAGE_DATA", "")

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER, reason="TRIAGE_DATA names no folder of public sets"),
]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "bench_logic", ROOT / "benchmarks" / "plugins" / "logic.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("bbm_dyck_languages", 0.985),
        ("bbm_multistep_arithmetic", 0.92),
        ("bbm_tracking_shuffled_objects", 0.94),
        ("bbm_logical_deduction", 0.88),
    ],
)
def test_the_first_error_is_found(bench: ModuleType, name: str, least: float) -> None:
    runs = [bench.run(row) for row in bench.rows(Path(FOLDER) / f"{name}.jsonl", "all")]
    assert sum(run.first == run.truth for run in runs) / len(runs) >= least


@pytest.mark.parametrize("name", ["gsm8k_gold_test", "mrben_medicine", "processbench_math"])
def test_other_tasks_are_left_alone(bench: ModuleType, name: str) -> None:
    rows = bench.rows(Path(FOLDER) / f"{name}.jsonl", "all")
    assert [row["id"] for row in rows if row["steps"] and bench.run(row).flags] == []

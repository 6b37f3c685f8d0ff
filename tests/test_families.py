from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslayout.grouping.families import Family, find_families
from wslayout.grouping.vocabulary import load_vocabulary

WORDS = load_vocabulary()
CLASSES = ["bicycle", "bus", "car", "person", "train"]


def families(*keys: str, kind: str = "number", overlay: bool = True) -> dict[str, Family]:
    found = find_families(
        dict.fromkeys(keys, kind), WORDS, lines_per_panel=10, overlay_splits=overlay
    )
    return {family.label: family for family in found}


def test_an_index_grid_is_one_family_in_natural_order() -> None:
    grid = [f"grad/layers.{layer}.{part}" for part in ("attn", "mlp") for layer in range(12)]
    found = families(*grid)
    assert list(found) == ["grad/layers.*.attn", "grad/layers.*.mlp"]
    assert found["grad/layers.*.attn"].keys[-1] == "grad/layers.11.attn"


def test_two_norms_are_not_indices_but_six_stages_are() -> None:
    assert set(families("l1_loss", "l2_loss")) == {"l1_loss", "l2_loss"}
    assert set(families(*(f"train/s{n}.loss" for n in range(6)))) == {"train/s*.loss"}


def test_only_what_differs_is_starred() -> None:
    assert set(families("c2rust/case_1", "c2rust/case_2")) == {"c2rust/case_*"}


def test_statistics_share_a_panel() -> None:
    found = families("critic/reward/mean", "critic/reward/max", "critic/reward/min", "critic/loss")
    assert set(found) == {"critic/reward/*", "critic/loss"}
    assert found["critic/reward/*"].slot == "statistic"


def test_classes_recur_and_a_class_called_train_is_no_split() -> None:
    found = families(
        *(f"{metric}/{name}" for metric in ("certain_q", "certain_t") for name in CLASSES),
        *(f"similarity/{name}" for name in CLASSES[1:]),
    )
    assert {label: family.slot for label, family in found.items()} == {
        "certain_q/*": "category",
        "certain_t/*": "category",
        "similarity/*": "category",
    }
    assert "certain_q/train" in found["certain_q/*"].keys


def test_metric_names_are_no_categories() -> None:
    names = ("loss", "accuracy", "f1", "recall")
    found = families(*(f"{split}/{name}" for split in ("train", "val") for name in names))
    assert set(found) == set(names)
    assert {family.slot for family in found.values()} == {"split"}


@pytest.mark.parametrize(
    ("keys", "label"),
    [
        (("train/loss", "val/loss"), "loss"),
        (("loss", "val_loss"), "loss"),
        (("train_loss", "valid_loss"), "loss"),
        (("tokenizer/eval/total_loss", "tokenizer/train/total_loss"), "tokenizer/total_loss"),
        (("loss/train", "loss/val"), "loss"),
        (("env/all/reward", "test/env/all/reward"), "env/all/reward"),
    ],
)
def test_splits_share_a_panel(keys: tuple[str, ...], label: str) -> None:
    found = families(*keys)
    assert set(found) == {label}
    assert found[label].slot == "split"
    assert set(families(*keys, overlay=False)) == set(keys)


def test_kinds_do_not_mix() -> None:
    found = find_families(
        {"x/1": "image", "x/2": "image", "x/3": "histogram", "x/4": "number", "t1": "table"},
        WORDS,
        lines_per_panel=10,
        overlay_splits=True,
    )
    assert [family.kind for family in found if len(family.keys) > 1] == ["media"]


PIECES = [
    *("train", "val", "loss", "mean", "max", "0", "1", "12", "car", "l2", "mAP50-95", "", "a_1"),
    *("Other", "Media", "Overview", "Losses", "losses", "*", "reward", "loss_*", "pred_1"),
]
some_keys = st.lists(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).flatmap(
        lambda parts: st.sampled_from(["/", "_", "."]).map(lambda joint: joint.join(parts))
    )
    | st.text(min_size=1, max_size=6),
    unique=True,
    max_size=40,
)


@given(some_keys, st.randoms(), st.integers(1, 10), st.booleans())
def test_every_key_is_in_one_family_whatever_the_order(
    keys: list[str], random: object, lines: int, overlay: bool
) -> None:
    kinds = {key: ("number", "number", "image", "histogram")[len(key) % 4] for key in keys}
    found = find_families(kinds, WORDS, lines_per_panel=lines, overlay_splits=overlay)
    assert sorted(key for family in found for key in family.keys) == sorted(keys)
    assert len({family.signature for family in found}) == len(found)
    assert all(
        len(family.keys) <= lines for family in found if family.slot in ("split", "statistic")
    )
    backwards = dict(reversed(kinds.items()))
    assert find_families(backwards, WORDS, lines_per_panel=lines, overlay_splits=overlay) == found


@pytest.mark.parametrize(
    "keys",
    [
        ("reward/mean", "reward/max", "reward/0", "reward/1"),
        ("train/loss", "val/loss", "loss/train", "loss/val"),
        ("loss_1", "loss_2", "loss_*"),
        ("train/loss/val", "train/loss/test", "eval/loss/val"),
    ],
)
def test_families_of_one_label_are_told_apart(keys: tuple[str, ...]) -> None:
    found = find_families(
        dict.fromkeys(keys, "number"), WORDS, lines_per_panel=10, overlay_splits=True
    )
    assert sorted(key for family in found for key in family.keys) == sorted(keys)
    assert len({family.signature for family in found}) == len(found)


def test_kinds_of_one_label_are_told_apart() -> None:
    kinds = {"pred_1": "number", "pred_2": "number", "pred_3": "image", "pred_4": "histogram"}
    kinds |= {"pred_5": "image", "pred_6": "histogram"}
    found = find_families(kinds, WORDS, lines_per_panel=10, overlay_splits=True)
    assert len({family.signature for family in found}) == len(found) == 3

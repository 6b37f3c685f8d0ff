from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslayout.grouping.names import (
    mask_indices,
    mask_statistic,
    natural_order,
    parse,
    without_split,
)
from wslayout.grouping.topics import headline_rank, topic_of
from wslayout.grouping.vocabulary import load_vocabulary

WORDS = load_vocabulary()


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("metrics/mAP_0.5:0.95", ["metrics", "mAP_0.5:0.95"]),
        ("train/s0.loss_cls", ["train", "s0", "loss_cls"]),
        ("train.recall@1", ["train", "recall@1"]),
        ("lr(1e-3)", ["lr(1e-3)"]),
        ("検証/損失", ["検証", "損失"]),
        ("a//b", ["a", "b"]),
        ("/a", ["/a"]),
        ("a/", ["a/"]),
        ("..", [".."]),
        ("weight moving 0", ["weight moving 0"]),
    ],
)
def test_parts(key: str, parts: list[str]) -> None:
    assert list(parse(key).parts) == parts


@pytest.mark.parametrize(
    ("part", "masked"),
    [
        ("17", "*"),
        ("ngram_506", "ngram_*"),
        ("s0", "s*"),
        ("train_batch128340", "train_batch*"),
        ("graph_5decoders", "graph_*decoders"),
        ("recall_group_10@20", "recall_group_*@*"),
        ("mAP_0.5:0.95", "mAP_0.5:0.95"),
        ("mAP50-95(B)", "mAP50-95(B)"),
        ("lr(1e-3)", "lr(1e-3)"),
        ("loss", "loss"),
    ],
)
def test_indices(part: str, masked: str) -> None:
    assert mask_indices(part) == masked


@pytest.mark.parametrize(
    ("key", "rest", "split"),
    [
        ("train/loss", "loss", "train"),
        ("Train/mean_reward/time", "mean_reward/time", "train"),
        ("tokenizer/eval/total_loss", "tokenizer/total_loss", "eval"),
        ("valid_lang_max_rotation_loss", "lang_max_rotation_loss", "valid"),
        ("total_val_loss", "total_loss", "val"),
        ("train.recall@1", "recall@1", "train"),
        ("eval-loss/kld", "loss/kld", "eval"),
        ("test/env/all/reward", "env/all/reward", "test"),
        ("eval/ema/loss", "ema/loss", "eval"),
        ("best valid recall", "best recall", "valid"),
    ],
)
def test_splits(key: str, rest: str, split: str) -> None:
    assert without_split(parse(key), WORDS) == (rest, split)


@pytest.mark.parametrize("key", ["loss", "p_certain_per_class_q/train", "train", "trainer/x"])
def test_no_split(key: str) -> None:
    assert without_split(parse(key), WORDS) is None


@pytest.mark.parametrize(
    ("key", "masked"),
    [
        ("critic/rewards/mean", ("critic/rewards/*", "mean")),
        ("constraints/max_violation", ("constraints/*_violation", "max")),
        ("ep_rew_mean", ("ep_rew_*", "mean")),
        ("mean", None),
        ("loss", None),
    ],
)
def test_statistics(key: str, masked: tuple[str, str] | None) -> None:
    assert mask_statistic(parse(key), WORDS) == masked


@given(st.text())
def test_any_text_is_a_name(key: str) -> None:
    name = parse(key)
    assert name.joined(list(name.parts)) == key
    without_split(name, WORDS)
    mask_statistic(name, WORDS)
    topic_of(name.parts, WORDS)
    headline_rank(name.parts, WORDS)
    [mask_indices(part) for part in name.parts]


@given(st.lists(st.text()))
def test_natural_order_is_total(keys: list[str]) -> None:
    assert len(sorted(keys, key=natural_order)) == len(keys)


def test_natural_order() -> None:
    assert sorted(["l10", "l9", "l1"], key=natural_order) == ["l1", "l9", "l10"]


@pytest.mark.parametrize(
    ("key", "topic"),
    [
        ("train/loss", "Losses"),
        ("critic/value_loss", "Losses"),
        ("env/reward", "Outcome"),
        ("actor/lr", "Optimisation"),
        ("actor/grad_norm", "Optimisation"),
        ("perf/tokens_per_second", "Throughput and timing"),
        ("metrics/mAP50-95(B)", "Outcome"),
        ("gpu/memory", "System"),
    ],
)
def test_topics(key: str, topic: str) -> None:
    index = topic_of(parse(key).parts, WORDS)
    assert index is not None
    assert WORDS.topics[index].name == topic


def test_headlines() -> None:
    assert headline_rank(("val", "loss"), WORDS) == 0
    assert headline_rank(("x", "loss_entropy_aux_3"), WORDS) is None
    ranks = [headline_rank((word,), WORDS) for word in ("reward", "acc", "mAP50-95(B)", "fps")]
    assert None not in ranks
    assert ranks == sorted(rank for rank in ranks if rank is not None)

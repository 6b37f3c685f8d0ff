from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wslayout.grouping.names import indices, mask_all, mask_indices, natural_order, parse, words_of
from wslayout.grouping.slots import said_at, split_places, statistic_places
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
        ("metrics/mAP50-95(B)", ["metrics", "mAP50-95(B)"]),
        ("blocks.0.1.net.3.weight", ["blocks", "0", "1", "net", "3", "weight"]),
        ("v_lr_0.5_v_alpha_1e-06_loss/case_0", ["v_lr_0.5_v_alpha_1e-06_loss", "case_0"]),
    ],
)
def test_parts(key: str, parts: list[str]) -> None:
    assert list(parse(key).parts) == parts


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("valid_lang_max_rotation_loss", ["valid", "lang", "max", "rotation", "loss"]),
        ("trajectory train r2_score", ["trajectory", "train", "r2", "score"]),
        ("AverageStepsPerSecond", ["average", "steps", "per", "second"]),
        ("rep0_tmp_valHits@50", ["rep0", "tmp", "val", "hits@50"]),
        ("recall_group_10@20", ["recall", "group", "10@20"]),
        ("mAP50-95(B)", ["map50-95(b)"]),
        ("lr(1e-3)", ["lr(1e-3)"]),
        ("eval-loss", ["eval", "loss"]),
        ("検証", ["検証"]),
        ("_", []),
    ],
)
def test_words(part: str, words: list[str]) -> None:
    assert list(words_of(part)) == words


@pytest.mark.parametrize(
    ("key", "masked"),
    [
        ("losses/0/utility", "losses/*/utility"),
        ("train/s0.loss_cls", "train/s*.loss_cls"),
        ("weight moving 0", "weight moving *"),
        ("train_batch128340", "train_batch*"),
        ("gradients/graph_5decoders.0.norm1.bias", "gradients/graph_*decoders.*.norm*.bias"),
        ("blocks.0.1.net.3.weight", "blocks.*.*.net.*.weight"),
        ("recall_group_10@20", "recall_group_*@*"),
        ("metrics/mAP_0.5:0.95", "metrics/mAP_0.5:0.95"),
        ("metrics/mAP50-95(B)", "metrics/mAP50-95(B)"),
        ("lr(1e-3)", "lr(1e-3)"),
        ("v_alpha_1e-06_loss/case_12", "v_alpha_1e-06_loss/case_*"),
        ("loss", "loss"),
    ],
)
def test_indices(key: str, masked: str) -> None:
    assert mask_indices(key) == masked
    assert list(mask_all(["a", key, "b1"])) == ["a", masked, "b*"]
    if masked != key:
        (numbers,) = indices(masked, [key])
        assert len(numbers) == masked.count("*")


@pytest.mark.parametrize(
    ("key", "split", "rest"),
    [
        ("train/loss", "train", "loss"),
        ("Train/mean_reward/time", "train", "mean_reward/time"),
        ("tokenizer/eval/total_loss", "eval", "tokenizer/total_loss"),
        ("valid_lang_max_rotation_loss", "valid", "lang_max_rotation_loss"),
        ("trajectory train r2_score", "train", "trajectory r2_score"),
        ("total_val_loss", "val", "total_loss"),
        ("train.recall@1", "train", "recall@1"),
        ("eval-loss/kld", "eval", "loss/kld"),
        ("test/env/all/reward", "test", "env/all/reward"),
        ("eval/ema/loss", "eval", "ema/loss"),
        ("best valid recall", "valid", "best recall"),
        ("rep0_TrainHits@50", "train", "rep0_Hits@50"),
        ("p_certain_per_class_q/train", "train", "p_certain_per_class_q"),
    ],
)
def test_splits(key: str, split: str, rest: str) -> None:
    name = parse(key)
    (place,) = split_places(name, WORDS)
    assert said_at(name, [place]) == split
    assert name.written([place]) == rest
    assert name.flat([place]) == parse(rest).row


@pytest.mark.parametrize("key", ["loss", "trainer/x", "constraint"])
def test_no_split(key: str) -> None:
    assert split_places(parse(key), WORDS) == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("critic/rewards/mean", "mean"),
        ("constraints/max_violation", "max"),
        ("ep_rew_mean", "mean"),
        ("val-core/x/reward/best@4/std", "best@4 std"),
        ("mean/gen/loss", "mean"),
        ("weights/std_readout.bias", "std"),
        ("psnr_metric_val", "val"),
        ("mean", ""),
        ("mean_loss/x/y", "mean"),
        ("loss", ""),
    ],
)
def test_statistics(key: str, said: str) -> None:
    name = parse(key)
    assert said_at(name, statistic_places(name, WORDS)) == said


@given(st.text())
def test_any_text_is_a_name(key: str) -> None:
    name = parse(key)
    assert name.joined(list(name.parts)) == key
    assert name.written([]) == key
    for place in split_places(name, WORDS):
        assert len(name.flat([place])) == len(name.row) - 1
    statistic_places(name, WORDS)
    topic_of(name.parts, WORDS)
    headline_rank(name, WORDS)
    masked = mask_indices(key)
    assert masked == key or any(char.isdigit() for char in key)


@given(st.lists(st.text() | st.from_regex(r"[a-c0-9./\-]{1,9}", fullmatch=True)))
def test_masking_many_keys_is_masking_each(keys: list[str]) -> None:
    assert list(mask_all(keys)) == [mask_indices(key) for key in keys]


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
        ("timing_s/reward", "Throughput and timing"),
        ("Loss/learning_rate", "Losses"),
        ("world_model/loss_rewards", "Losses"),
        ("loss_scale", "Optimisation"),
        ("disk_free_ratio", "System"),
        ("inference/kv_cache_usage", "Inference"),
        ("metrics/mAP50-95(B)", "Outcome"),
        ("gpu/memory", "System"),
    ],
)
def test_topics(key: str, topic: str) -> None:
    found = topic_of(parse(key).parts, WORDS)
    assert found is not None
    assert found.name == topic


def test_headlines() -> None:
    assert headline_rank(parse("val/loss"), WORDS) == 0
    assert headline_rank(parse("x/loss_entropy_aux_3"), WORDS) is None
    assert headline_rank(parse("train_loss_step"), WORDS) == 0
    assert headline_rank(parse("reward/all/mean"), WORDS) == headline_rank(parse("reward"), WORDS)
    assert headline_rank(parse("timing_s/reward"), WORDS) is None
    ranks = [headline_rank(parse(word), WORDS) for word in ("reward", "acc", "mAP50-95(B)", "fps")]
    assert None not in ranks
    assert ranks == sorted(rank for rank in ranks if rank is not None)

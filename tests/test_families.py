from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keysets import KEYSETS, keyset_inventory
from wslayout.grouping import drawable_keys
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
        *(f"{metric}/{name}" for metric in ("sure_per_class_q", "sure_t") for name in CLASSES),
        *(f"similarity/{name}" for name in CLASSES[1:]),
    )
    assert {label: family.slot for label, family in found.items()} == {
        "sure_per_class_q/*": "category",
        "sure_t/*": "category",
        "similarity/*": "category",
    }
    assert "sure_per_class_q/train" in found["sure_per_class_q/*"].keys


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


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        # Digits that are part of a name stay whole.
        (("aime24/acc", "aime25/acc"), {"aime24/acc", "aime25/acc"}),
        (("metrics/mAP50(B)", "metrics/mAP50-95(B)"), {"metrics/mAP50(B)", "metrics/mAP50-95(B)"}),
        (("val/bbox_mAP", "val/bbox_mAP_75"), {"val/bbox_mAP", "val/bbox_mAP_75"}),
        (("c4_100_domains", "c4_en"), {"c4_100_domains", "c4_en"}),
        # Indices in every place.
        (("losses/0/utility", "losses/1/utility"), {"losses/*/utility"}),
        (("weight moving 0", "weight moving 1"), {"weight moving *"}),
        (("train_batch0", "train_batch1", "train_batch47560"), {"train_batch*"}),
        (
            ("gradients/graph_5dec.0.norm1.bias", "gradients/graph_5dec.1.norm1.bias"),
            {"gradients/graph_5dec.*.norm1.bias"},
        ),
        # Per-k metrics.
        (("ndcg@20", "ndcg@40"), {"ndcg@*"}),
        (("val_micro_f1_30", "val_micro_f1_50", "val_micro_f1_70"), {"val_micro_f1_*"}),
        (("g/recall_1@20", "g/recall_2@20", "g/recall_1@40", "g/recall_2@40"), {"g/recall_*@*"}),
        # One quantity under several names.
        (("train/loss", "train_loss"), {"train/loss"}),
        (("train.loss", "train/loss", "val_loss"), {"loss"}),
        (("train_loss_step", "train_loss_epoch", "val_loss"), {"loss"}),
        (("kl divergence", "KL_Divergence"), {"KL_Divergence"}),
        (("gradients/emb.weight", "gradients/graph_0emb.weight"), {"gradients/emb.weight"}),
        # Statistics, with `@k`, in front, glued, and beside the quantity itself.
        (("v/reward/best@2/mean", "v/reward/best@2/std", "v/reward/mean@2"), {"v/reward/*"}),
        (("w/mean_head.bias", "w/std_head.bias"), {"w/*_head.bias"}),
        (("position_loss", "max_position_loss"), {"*_position_loss"}),
        (("x/psnr_avg", "x/psnr_val", "x/psnr_count"), {"x/psnr_*", "x/psnr_count"}),
        # Splits in every place.
        (("trajectory train r2", "trajectory test r2"), {"trajectory r2"}),
        (("rep0_TrainHits@50", "rep0_valHits@50"), {"rep0_Hits@50"}),
        (("eval/ema/acc", "train/ema/acc"), {"ema/acc"}),
        (("eval-loss/kld", "train-loss/kld"), {"loss/kld"}),
        (("total_train_loss", "total_val_loss"), {"total_loss"}),
        # A leaf may be a parent too.
        (("Train/reward", "Train/reward/time"), {"Train/reward", "Train/reward/time"}),
        # Categories that announce themselves, and words that recur.
        (("AP_per_class/car", "AP_per_class/bus", "AP_per_class/sky"), {"AP_per_class/*"}),
        (
            ("feet_err", "hands_err", "upper_err", "feet_acc", "hands_acc", "upper_acc"),
            {"*_acc", "*_err"},
        ),
        # A split said twice, and what is below `train/` beside what is called so there.
        (("train/train_loss", "eval/eval_loss", "test/loss"), {"loss"}),
        (("train/train_loss", "train/loss"), {"train/train_loss", "train/loss"}),
        (("train/train_wall", "train/wall", "valid/wall"), {"train/train_wall", "wall"}),
        (("c/train/train_auc", "c/train/valid_auc"), {"c/train/auc"}),
        # The newest value, unless it is the validation's.
        (("x/loss_val", "x/loss_avg"), {"x/loss_*"}),
        (("loss_train", "loss_val", "loss_max"), {"loss", "loss_max"}),
        # So much a step is no other way to say so much an epoch.
        (("tokens_per_step", "tokens_per_epoch"), {"tokens_per_step", "tokens_per_epoch"}),
        (("best_step", "best_epoch"), {"best_step", "best_epoch"}),
        (("time/step", "time/epoch"), {"time/step", "time/epoch"}),
        (("loss_step", "loss_epoch"), {"loss"}),
        # Numbers that make a measure with what comes after, and letters that make a name.
        (("loss/keypoints_2d", "loss/keypoints_3d"), {"loss/keypoints_2d", "loss/keypoints_3d"}),
        (("mem_16gb", "mem_32gb"), {"mem_16gb", "mem_32gb"}),
        (("sae/l0", "sae/l1", "sae/l2"), {"sae/l0", "sae/l1", "sae/l2"}),
        (("z/cars_1shot", "z/cars_5shot", "z/cars_10shot"), {"z/cars_*shot"}),
        # A variance is no mean.
        (("reward_mean", "reward_std", "reward_var"), {"reward_*", "reward_var"}),
        (("train_acc", "acc_val", "acc_best"), {"acc", "acc_best"}),
        # A number that is written with zeros is no end of a range.
        (("val-L1-0010", "val-L1-0020", "val-L1-0100"), {"val-L1-*"}),
        # What can't share an axis stays apart.
        (("m/loss", "m/acc", "m/lr", "n/loss", "n/acc", "n/lr"), {
            "m/loss", "m/acc", "m/lr", "n/loss", "n/acc", "n/lr",
        }),
        (("tok/count", "tok/rate", "tok/total"), {"tok/count", "tok/rate", "tok/total"}),
    ],
)  # fmt: skip
def test_names_as_people_write_them(keys: tuple[str, ...], labels: set[str]) -> None:
    assert set(families(*keys)) == labels


def test_index_families_join_the_category_they_are_members_of() -> None:
    opponents = ("vs_10_model", "vs_20_model", "vs_random", "vs_level_0", "vs_level_1")
    found = families(*(f"eval/{name}/{what}" for name in opponents for what in ("wins", "draws")))
    assert set(found) == {"eval/vs_*/wins", "eval/vs_*/draws"}
    assert found["eval/vs_*/wins"].slot == "category"


def test_a_large_grid_is_told_apart_by_its_small_index() -> None:
    keys = [f"blocks.{layer}.norm{part}.weight" for layer in range(24) for part in (1, 2)]
    assert set(families(*keys)) == {"blocks.*.norm1.weight", "blocks.*.norm2.weight"}
    heads = [f"layers.{layer}.heads.{head}.norm" for layer in range(24) for head in range(16)]
    assert set(families(*heads)) == {"layers.*.heads.*.norm"}


def joined(*keys: str) -> set[str]:
    """The labels of the families of several keys."""
    return {label for label, family in families(*keys).items() if len(family.keys) > 1}


def test_quantities_nobody_heard_of_are_no_categories() -> None:
    """They recur below every prefix; a name ends in its quantity."""
    names = ("loss", "smiles", "tanimoto", "validity")
    assert joined(*(f"{s}/{m}" for s in ("train", "val") for m in names)) == set(names)
    assert not joined(
        *(f"{s}/{m}" for s in ("robot", "sim") for m in ("torque", "height", "speed"))
    )
    agents = ("health", "gold", "kills", "deaths", "loss")
    assert not joined(*(f"{s}/{m}" for s in ("policy", "critic") for m in agents))
    robots = ("walker", "hopper", "ant")
    found = joined(
        *(f"env/{s}/{m}" for s in robots for m in ("torque", "height", "speed", "noise"))
    )
    assert found == {"env/*/torque", "env/*/height", "env/*/speed", "env/*/noise"}


def test_categories_below_what_names_a_result() -> None:
    tasks = ("Can", "Lift", "Square")
    measures = ("Return", "Horizon", "Success_Rate")
    assert joined(*(f"Rollout/{m}/{task}" for m in measures for task in tasks)) == {
        f"Rollout/{m}/*" for m in measures
    }
    parts = ("cls", "box", "obj")
    assert joined(*(f"{split}/loss/{part}" for split in ("train", "val") for part in parts)) == {
        f"loss/{part}" for part in parts
    }


def test_the_whole_is_no_category() -> None:
    contests = ("gsm8k", "math500", "aime")
    keys = [f"eval/{name}_{what}" for name in contests for what in ("pass1", "reach")]
    assert joined(*keys, "eval/overall_pass1") == {"eval/*_pass1", "eval/*_reach"}


def test_many_things_with_one_quantity_are_categories_even_in_front() -> None:
    things = [f"mmlu_{letter}{other}" for letter in "abcdef" for other in "xyz"]
    found = families(*(f"{thing}/acc" for thing in things), "train/loss", "train/acc", "val/acc")
    assert set(found) == {"mmlu_*/acc", "acc", "train/loss"}
    assert len(found["mmlu_*/acc"].keys) == len(things)
    assert not joined(*(f"{thing}/loss" for thing in ("actor", "critic", "alpha", "model")))


def test_quantities_with_statistics_are_no_categories() -> None:
    things = ("height", "velocity", "torque", "slip", "contact")
    found = joined(*(f"{thing}/{what}" for thing in things for what in ("mean", "max")))
    assert found == {f"{thing}/*" for thing in things}
    states = ("joint_pos", "joint_vel", "base_height", "contact_force", "torque", "pressure")
    found = joined(*(f"obs/{state}/{what}" for state in states for what in ("mean", "std")))
    assert found == {f"obs/{state}/*" for state in states}
    pairs = [f"{thing}{other}/{what}" for thing in "abcd" for other in "xyz" for what in "pq"]
    assert not joined(*pairs)


def test_a_class_called_train_is_no_split_of_the_whole() -> None:
    assert not joined("AP", "AP-person", "AP-car", "AP-train", "AP-bus")
    assert joined("acc", "acc_train", "acc_val") == {"acc"}


def test_tables_of_one_index_are_one_family() -> None:
    found = families(*(f"eval/samples_{step}" for step in range(100)), kind="table")
    assert set(found) == {"eval/samples_*"}


def test_media_of_one_kind_are_pages_of_one_browser() -> None:
    found = families("P_curve", "R_curve", "PR_curve", "labels", kind="image")
    assert set(found) == {"*_curve", "labels"}
    assert set(families("P_curve", "R_curve", kind="table")) == {"P_curve", "R_curve"}


def test_many_statistics_are_told_apart_by_the_first() -> None:
    values = [
        f"r/{best}@{k}/{what}"
        for best in ("best", "worst")
        for k in (2, 4, 8)
        for what in ("mean", "std")
    ]
    found = find_families(
        dict.fromkeys(values, "number"), WORDS, lines_per_panel=10, overlay_splits=True
    )
    assert [len(family.keys) for family in found] == [6, 6]


def test_adding_an_unrelated_key_changes_no_other_family() -> None:
    for path in KEYSETS[:30]:
        kinds = drawable_keys(keyset_inventory(path))
        alone = find_families(kinds, WORDS, lines_per_panel=10, overlay_splits=True)
        more = find_families(
            {**kinds, "zyx/unrelated_thing": "number"},
            WORDS,
            lines_per_panel=10,
            overlay_splits=True,
        )
        assert [family for family in more if "zyx/unrelated_thing" not in family.keys] == alone

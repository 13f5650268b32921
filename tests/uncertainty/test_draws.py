"""Draws of a plan: what they depend on, and what they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from costmodel.uncertainty.distributions import Beta, Fixed, Gamma, Lognormal, Normal, Pert
from costmodel.uncertainty.draws import (
    CorrelationBlock,
    JointVariable,
    Plan,
    Variable,
    expected_values,
    percentile_values,
    realise,
    stream_names,
)
from costmodel.uncertainty.errors import CorrelationError, UncertaintyError
from costmodel.uncertainty.joint import Dirichlet, EmpiricalRows, MultivariateNormal
from costmodel.uncertainty.sampling import LatinHypercube, MonteCarlo, Sobol

VARIABLES = (
    Variable("minutes", Gamma(16.0, 3.4)),
    Variable("salary", Lognormal(10.5, 0.1), group="pay_award"),
    Variable("agency_rate", Gamma(20.0, 3.0), group="pay_award", multiplier=1.2),
    Variable("dna_rate", Beta(12.0, 88.0), stream="did_not_attend"),
    Variable("share", Pert(0.1, 0.5, 0.9)),
    Variable("effect", Normal(2.0, 1.0)),
    Variable("pension_rate", Fixed(0.1438), multiplier=2.0),
)
JOINTS = (
    JointVariable("split", ("therapy", "brief", "none"), Dirichlet((30.0, 50.0, 20.0))),
    JointVariable(
        "model", ("age", "sex"), MultivariateNormal((1.0, 2.0), ((4.0, 1.0), (1.0, 9.0))), multiplier=3.0
    ),
    JointVariable(
        "use", ("gp", "ed"), EmpiricalRows(np.random.default_rng(1).gamma(2.0, size=(40, 2))), "bootstrap"
    ),
)
BLOCKS = (
    CorrelationBlock(("share", "minutes", "effect"), np.array([[1, 0.5, 0], [0.5, 1, -0.3], [0, -0.3, 1]])),
)
PLAN = Plan(VARIABLES, JOINTS, BLOCKS)
DESIGN = MonteCarlo(11, 10_000)
DRAWS = realise(PLAN, DESIGN, 0, 10_000)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.tobytes() == b.tobytes()


def test_every_name_has_a_read_only_column():
    assert set(DRAWS) == set(PLAN.names)
    assert {"split.brief", "model.age", "use.ed"} < set(DRAWS)
    for values in DRAWS.values():
        assert values.shape == (10_000,)
        assert not values.flags.writeable


@pytest.mark.parametrize("chunk", [1, 997, 4_096, 10_000])
@pytest.mark.parametrize(
    "design",
    [DESIGN, LatinHypercube(11, 8_192), Sobol(11, 8_192, stream_names(PLAN))],
    ids=lambda d: type(d).__name__,
)
def test_chunks_do_not_matter(design, chunk):
    stop = min(design.n, 50 if chunk == 1 else 10_000)
    whole = realise(PLAN, design, 0, stop)
    pieces = [realise(PLAN, design, i, min(i + chunk, stop)) for i in range(0, stop, chunk)]
    for name, values in whole.items():
        assert same(np.concatenate([piece[name] for piece in pieces]), values), name


def test_more_draws_extend_fewer():
    few = realise(PLAN, MonteCarlo(11, 1_000), 0, 1_000)
    assert all(same(few[name], DRAWS[name][:1_000]) for name in DRAWS)


@given(st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_order_does_not_matter(random):
    variables, joints = list(VARIABLES), list(JOINTS)
    random.shuffle(variables)
    random.shuffle(joints)
    block = CorrelationBlock(
        ("minutes", "effect", "share"), np.array([[1, -0.3, 0.5], [-0.3, 1, 0], [0.5, 0, 1]])
    )
    split = JointVariable("split", ("none", "therapy", "brief"), Dirichlet((20.0, 30.0, 50.0)))
    model = JointVariable(
        "model", ("sex", "age"), MultivariateNormal((2.0, 1.0), ((9.0, 1.0), (1.0, 4.0))), multiplier=3.0
    )
    use = JointVariable("use", ("ed", "gp"), JOINTS[2].distribution.reordered((1, 0)), "bootstrap")
    for plan in (
        Plan(tuple(variables), tuple(joints), (block,)),
        Plan(VARIABLES, (split, use, model), BLOCKS),
    ):
        again = realise(plan, DESIGN, 0, 200)
        assert all(same(again[name], DRAWS[name][:200]) for name in DRAWS)


def test_adding_and_removing_names_changes_no_other():
    more = Plan((*VARIABLES, Variable("new", Gamma(1.0, 1.0))), JOINTS, BLOCKS)
    assert all(same(realise(more, DESIGN, 0, 500)[name], DRAWS[name][:500]) for name in DRAWS)
    fewer = realise(Plan(VARIABLES[1:4]), DESIGN, 0, 500)
    assert all(same(values, DRAWS[name][:500]) for name, values in fewer.items())


def test_a_member_more_or_less_changes_no_other_of_the_group():
    alone = realise(Plan(VARIABLES[1:2]), DESIGN, 0, 500)
    assert same(alone["salary"], DRAWS["salary"][:500])


def test_a_renamed_quantity_keeps_its_draws():
    old = realise(Plan((Variable("did_not_attend", Beta(12.0, 88.0)),)), DESIGN, 0, 500)
    assert same(old["did_not_attend"], DRAWS["dna_rate"][:500])
    old_rows = realise(
        Plan(joint_variables=(JointVariable("bootstrap", ("gp", "ed"), JOINTS[2].distribution),)),
        DESIGN,
        0,
        500,
    )
    assert same(old_rows["bootstrap.gp"], DRAWS["use.gp"][:500])


def test_a_changed_distribution_keeps_its_scores():
    other = realise(Plan((Variable("minutes", Gamma(16.8, 3.4)),)), DESIGN, 0, 10_000)["minutes"]
    plain = realise(Plan((Variable("minutes", Gamma(16.0, 3.4)),)), DESIGN, 0, 10_000)["minutes"]
    assert np.corrcoef(other, plain)[0, 1] > 0.9999
    assert stats.spearmanr(other, plain).statistic == 1.0


def test_groups_move_together():
    assert stats.spearmanr(DRAWS["salary"], DRAWS["agency_rate"]).statistic == pytest.approx(1.0)


def test_rank_correlations_are_met_within_0_02():
    for a, b, wanted in (("share", "minutes", 0.5), ("minutes", "effect", -0.3), ("share", "effect", 0.0)):
        assert stats.spearmanr(DRAWS[a], DRAWS[b]).statistic == pytest.approx(wanted, abs=0.02)
    assert abs(stats.spearmanr(DRAWS["minutes"], DRAWS["dna_rate"]).statistic) < 0.03


def test_correlation_leaves_the_margins():
    for variable in VARIABLES:
        if variable.name in ("share", "minutes", "effect"):
            plain = variable.distribution.ppf(DESIGN.uniforms(variable.name, 0, 10_000))
            at = [0.025, 0.25, 0.5, 0.75, 0.975]
            spread = 0.1 * variable.distribution.sd
            assert np.quantile(DRAWS[variable.name], at) == pytest.approx(np.quantile(plain, at), abs=spread)


def test_perfect_correlation_of_extreme_scores_stays_finite():
    block = CorrelationBlock(("a", "b"), np.ones((2, 2)))
    plan = Plan((Variable("a", Normal(0.0, 1.0)), Variable("b", Normal(0.0, 1.0))), (), (block,))
    drawn = realise(plan, MonteCarlo(1, 1_000), 0, 1_000)
    assert drawn["a"] == pytest.approx(drawn["b"])


def test_a_value_in_place_of_a_correlated_distribution_does_no_harm():
    variables = (Variable("share", Fixed(0.4)), *(v for v in VARIABLES if v.name != "share"))
    drawn = realise(Plan(variables, JOINTS, BLOCKS), DESIGN, 0, 500)
    assert set(drawn["share"]) == {0.4}
    others = [name for name in DRAWS if name not in ("share", "minutes", "effect")]
    assert all(same(drawn[name], DRAWS[name][:500]) for name in others)


def test_means_of_draws_are_the_expected_values():
    expected = expected_values(PLAN)
    assert set(expected) == set(DRAWS)
    for name, values in DRAWS.items():
        assert values.mean() == pytest.approx(expected[name], abs=4.0 * values.std() / 100.0 + 1e-12), name
    assert expected["agency_rate"] == pytest.approx(72.0)
    assert expected["pension_rate"] == 0.2876
    assert expected["model.sex"] == 6.0


def test_shares_add_up_in_every_draw():
    total = DRAWS["split.therapy"] + DRAWS["split.brief"] + DRAWS["split.none"]
    assert total == pytest.approx(np.ones(10_000), abs=1e-14)


def test_percentiles_move_what_moves_together():
    values = percentile_values(PLAN, 0.975)
    assert "pension_rate" not in values
    assert set(values["pay_award"]) == {"salary", "agency_rate"}
    assert values["pay_award"]["agency_rate"] == pytest.approx(1.2 * stats.gamma(20.0, scale=3.0).ppf(0.975))
    assert values["minutes"] == {"minutes": pytest.approx(stats.gamma(16.0, scale=3.4).ppf(0.975))}
    split = values["split.therapy"]
    assert sum(split.values()) == pytest.approx(1.0)
    assert split["split.therapy"] == pytest.approx(stats.beta(30.0, 70.0).ppf(0.975))
    assert split["split.brief"] / split["split.none"] == pytest.approx(2.5)
    assert values["model.age"]["model.age"] == pytest.approx(3.0 * (1.0 + 2.0 * 1.959963984540054))
    assert set(values["use.gp"]) == {"use.gp", "use.ed"}


def test_stream_names():
    assert stream_names(PLAN) == (
        "bootstrap",
        "did_not_attend",
        "effect",
        "minutes",
        "model.age",
        "model.sex",
        "pay_award",
        "share",
        "split.brief",
        "split.none",
        "split.therapy",
    )


def test_stream_names_hold_what_correlations_need():
    block = CorrelationBlock(("a", "b"), np.eye(2))
    plan = Plan((Variable("a", Fixed(1.0)), Variable("b", Normal(0.0, 1.0))), (), (block,))
    assert stream_names(plan) == ("a", "b")
    assert realise(plan, Sobol(1, 64, stream_names(plan)), 0, 64)["a"].tolist() == [1.0] * 64


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Plan((Variable("a", Fixed(1.0)), Variable("a", Fixed(2.0)))),
            "a is given twice",
        ),
        (
            lambda: Plan(
                (Variable("s.x", Fixed(1.0)),), (JointVariable("s", ("x", "y"), Dirichlet((1.0, 1.0))),)
            ),
            "s.x is given twice",
        ),
        (
            lambda: Plan((Variable("a", Fixed(1.0)), Variable("b", Fixed(2.0), stream="a"))),
            "a is the random stream of two quantities; to move them together, give both the same group",
        ),
        (
            lambda: Plan((Variable("a", Fixed(1.0)), Variable("b", Fixed(2.0), group="a"))),
            "a is the random stream of two quantities; to move them together, give both the same group",
        ),
        (
            lambda: JointVariable("s", ("x",), Dirichlet((1.0, 1.0))),
            "s: needs 2 different component names; got 1",
        ),
        (
            lambda: JointVariable("s", ("x", "x"), Dirichlet((1.0, 1.0))),
            "s: needs 2 different component names; got 2",
        ),
    ],
)
def test_plans_that_contradict_themselves(make, message):
    with pytest.raises(UncertaintyError) as caught:
        make()
    assert str(caught.value) == message


A, B, C = (Variable(name, Normal(0.0, 1.0)) for name in "abc")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: CorrelationBlock(("a", "a"), np.eye(2)),
            "a correlation block needs two or more different names; got a, a",
        ),
        (
            lambda: CorrelationBlock(("a",), np.eye(1)),
            "a correlation block needs two or more different names; got a",
        ),
        (
            lambda: CorrelationBlock(("a", "b"), np.eye(3)),
            "the correlation matrix must have 2 rows of 2 numbers; got shape (3, 3)",
        ),
        (
            lambda: CorrelationBlock(("a", "b"), np.array([[0.9, 0.5], [0.5, 1.0]])),
            "the correlation of a with itself must be 1; got 0.9",
        ),
        (
            lambda: Plan((A, B), (), (CorrelationBlock(("a", "z"), np.eye(2)),)),
            "z is not a quantity of its own that correlations can name",
        ),
        (
            lambda: Plan(
                (A, Variable("b", Normal(0.0, 1.0), group="g")),
                (),
                (CorrelationBlock(("a", "b"), np.eye(2)),),
            ),
            "b moves with the group g; it cannot be correlated too",
        ),
        (
            lambda: Plan(
                (A, B, C),
                (),
                (CorrelationBlock(("a", "b"), np.eye(2)), CorrelationBlock(("c", "b"), np.eye(2))),
            ),
            "b is in two correlation blocks; put all its correlations into one",
        ),
    ],
)
def test_blocks_that_cannot_be(make, message):
    with pytest.raises(CorrelationError) as caught:
        make()
    assert str(caught.value) == message

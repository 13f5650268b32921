"""Designs: named streams, chunks, strata, digital nets, refusals."""

import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from costmodel.uncertainty import sampling
from costmodel.uncertainty.errors import DesignError
from costmodel.uncertainty.sampling import LatinHypercube, MonteCarlo, Sobol
from costmodel.uncertainty.types import HIGHEST_UNIFORM, LOWEST_UNIFORM

NAMES = ("activities.therapy.minutes", "hub.posts.lead.wte", "pathway.screened")
DESIGNS = [MonteCarlo(7, 4_096), LatinHypercube(7, 4_096), Sobol(7, 4_096, NAMES)]


@given(st.integers(0, 2**64), st.text(min_size=1), st.integers(0, 300), st.integers(0, 50))
def test_a_stream_is_the_same_wherever_it_is_entered(seed, name, start, length):
    whole = sampling.raw_stream(seed, name, 0, start + length)
    assert sampling.raw_stream(seed, name, start, start + length).tobytes() == whole[start:].tobytes()


def test_the_uniforms_are_those_of_numpy():
    name = "unit_cost.band_7.hour"
    sequence = np.random.SeedSequence(entropy=20240912, spawn_key=sampling.spawn_key(name))
    wanted = np.random.Generator(np.random.PCG64(sequence)).random(1_000)
    assert MonteCarlo(20240912, 1_000).uniforms(name, 0, 1_000).tobytes() == wanted.tobytes()


def test_names_are_normalised():
    composed, decomposed = (unicodedata.normalize(form, "café.minutes") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert sampling.spawn_key(composed) == sampling.spawn_key(decomposed)


def test_zero_becomes_half_the_spacing():
    bits = np.array([0, 1, 2**53 - 1], dtype=np.uint64)
    assert sampling._to_uniforms(bits).tolist() == [LOWEST_UNIFORM, 2.0**-53, HIGHEST_UNIFORM]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("chunk", [1, 7, 997, 4_096])
def test_chunks_do_not_matter(design, chunk):
    stop = 300 if chunk == 1 else 4_096
    pieces = [design.uniforms(NAMES[0], i, min(i + chunk, stop)) for i in range(0, stop, chunk)]
    assert np.concatenate(pieces).tobytes() == design.uniforms(NAMES[0], 0, stop).tobytes()


def test_more_draws_extend_fewer():
    few, many = MonteCarlo(7, 1_000), MonteCarlo(7, 10_000)
    assert few.uniforms("a", 0, 1_000).tobytes() == many.uniforms("a", 0, 1_000).tobytes()


@pytest.mark.parametrize("design", DESIGNS)
def test_scores_are_uniform_and_seeds_and_names_differ(design):
    u = design.uniforms(NAMES[0], 0, 4_096)
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert u.min() >= LOWEST_UNIFORM
    assert u.max() <= HIGHEST_UNIFORM
    assert abs(np.corrcoef(u, design.uniforms(NAMES[1], 0, 4_096))[0, 1]) < 0.06


@pytest.mark.parametrize(
    "other",
    [MonteCarlo(8, 4_096), LatinHypercube(8, 4_096), Sobol(8, 4_096, NAMES)],
    ids=lambda d: type(d).__name__,
)
def test_another_seed_gives_other_scores(other):
    same_kind = next(design for design in DESIGNS if type(design) is type(other))
    u, v = (design.uniforms(NAMES[0], 0, 4_096) for design in (same_kind, other))
    assert not (u == v).any()


def test_each_latin_hypercube_has_one_draw_in_each_stratum():
    design = LatinHypercube(3, 120, replicates=10)
    for name in NAMES:
        strata = (design.uniforms(name, 0, 120).reshape(10, 12) * 12).astype(int)
        assert (np.sort(strata, axis=1) == np.arange(12)).all()
        assert len({tuple(row) for row in strata}) == 10


def test_each_sobol_replicate_is_a_net_in_every_pair():
    design = Sobol(3, 8 * 64, NAMES)
    columns = [design.uniforms(name, 0, 512).reshape(8, 64) for name in NAMES]
    for column in columns:
        assert (np.sort((column * 64).astype(int), axis=1) == np.arange(64)).all()
    squares = (columns[0][0] * 8).astype(int) * 8 + (columns[1][0] * 8).astype(int)
    assert sorted(squares) == list(range(64))


def test_sobol_names_may_come_in_any_order_and_twice():
    a = Sobol(3, 64, NAMES)
    b = Sobol(3, 64, (*NAMES[::-1], NAMES[0]))
    assert a == b
    assert a.uniforms(NAMES[0], 0, 64).tobytes() == b.uniforms(NAMES[0], 0, 64).tobytes()


def test_sobol_without_names_is_a_design():
    assert Sobol(3, 64, ()).names == ()


def test_adding_a_name_changes_no_latin_hypercube_column():
    before = LatinHypercube(3, 80).uniforms("a", 0, 80).tobytes()
    LatinHypercube(3, 80).uniforms("b", 0, 80)
    assert LatinHypercube(3, 80).uniforms("a", 0, 80).tobytes() == before


@pytest.mark.parametrize("design", DESIGNS)
def test_no_draws_is_an_empty_column(design):
    assert design.uniforms(NAMES[0], 5, 5).shape == (0,)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("start", "stop"), [(0, 4_097), (-1, 3), (5, 4)])
def test_draws_outside_the_design_are_refused(design, start, stop):
    with pytest.raises(DesignError) as caught:
        design.uniforms(NAMES[0], start, stop)
    assert str(caught.value) == f"draws {start} to {stop} lie outside the design, which holds 4096"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MonteCarlo(-1, 10), "the seed must be 0 or more; got -1"),
        (lambda: MonteCarlo(1, 0), "the number of draws must be at least 1; got 0"),
        (
            lambda: LatinHypercube(1, 1_001),
            "latin-hypercube needs a number of draws that is a multiple of its 8 replicates; got 1001; "
            "use 1000 or 1008",
        ),
        (
            lambda: LatinHypercube(1, 5),
            "latin-hypercube needs a number of draws that is a multiple of its 8 replicates; got 5; use 8",
        ),
        (
            lambda: LatinHypercube(1, 14, replicates=7),
            "the standard error needs at least 8 independent replicates; got 7",
        ),
        (
            lambda: Sobol(1, 10_000, NAMES),
            "sobol needs a number of draws that is a power of two; got 10000; use 8192 or 16384",
        ),
        (
            lambda: Sobol(1, 1_024, NAMES, replicates=12),
            "sobol needs a number of replicates that is a power of two; got 12; use 8 or 16",
        ),
        (
            lambda: Sobol(1, 1_024, NAMES, replicates=4),
            "the standard error needs at least 8 independent replicates; got 4",
        ),
        (
            lambda: Sobol(1, 8, NAMES),
            "sobol needs at least two draws in each of its 8 replicates; got 8 draws; use 16 or more",
        ),
        (
            lambda: Sobol(1, 2**31, NAMES),
            "sobol makes at most 1073741824 draws; got 2147483648; use monte-carlo",
        ),
        (
            lambda: Sobol(1, 64, tuple(str(i) for i in range(21_202))),
            "sobol has at most 21201 dimensions; got 21202 names",
        ),
        (
            lambda: Sobol(1, 64, NAMES).uniforms("other", 0, 1),
            "other is not among the names that this sobol design was made for",
        ),
    ],
)
def test_refusals(make, message):
    with pytest.raises(DesignError) as caught:
        make()
    assert str(caught.value) == message


def test_scipy_stats_is_imported_for_sobol_alone():
    script = (
        "import sys\n"
        "from costmodel.uncertainty import convergence, draws, fitting, sampling\n"
        "sampling.MonteCarlo(1, 8).uniforms('a', 0, 8)\n"
        "assert 'scipy.stats' not in sys.modules\n"
        "sampling.Sobol(1, 16, ('a',)).uniforms('a', 0, 8)\n"
        "assert 'scipy.stats' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)

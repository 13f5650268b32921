"""The tables against the direct inversion, in the middle and in both tails, and whatever the chunks."""

import numpy as np
import pytest
from scipy import special

from costmodel.uncertainty import inverse_cdf
from costmodel.uncertainty.types import HIGHEST_UNIFORM, LOWEST_UNIFORM

GAMMA_SHAPES = [0.05, 0.1, 0.5, 0.99, 1.0, 1.5, 3.0, 10.0, 73.4, 1e3, 1e4, 1e5, 1e6]
BETA_SHAPES = [
    (0.5, 0.5),
    (0.5, 2.0),
    (1.0, 1.0),
    (1.0, 5.0),
    (2.0, 4.0),
    (65.0, 35.0),
    (171.0, 128.0),
    (0.5, 1e5),
    (1e5, 0.5),
    (2.0, 1e5),
    (1e5, 3.0),
    (0.05, 500.0),
    (1e4, 3e4),
    (1e5, 1e5),
]


def scores() -> np.ndarray:
    middle = (np.arange(2_001) + 0.5) / 2_001
    tail = 2.0 ** -np.arange(1.0, 54.0, 0.31)
    ends = np.array([LOWEST_UNIFORM, HIGHEST_UNIFORM])
    return np.concatenate([middle, tail, np.minimum(1.0 - tail, HIGHEST_UNIFORM), ends])


def relative_error(got: np.ndarray, wanted: np.ndarray) -> float:
    normal = wanted > 1e-290  # below, doubles themselves hold fewer digits
    return float(np.max(np.abs(got[normal] / wanted[normal] - 1.0)))


@pytest.mark.parametrize("shape", GAMMA_SHAPES)
def test_gamma_table_is_accurate_to_1e_9(shape):
    u = scores()
    assert inverse_cdf._gamma_table(shape) is not None
    assert relative_error(inverse_cdf.standard_gamma_ppf(shape, u), special.gammaincinv(shape, u)) < 1e-9


@pytest.mark.parametrize(("alpha", "beta"), BETA_SHAPES)
def test_beta_table_is_accurate_to_1e_9(alpha, beta):
    u = scores()
    assert inverse_cdf._beta_table(alpha, beta) is not None
    got = inverse_cdf.standard_beta_ppf(alpha, beta, u)
    assert relative_error(got, special.betaincinv(alpha, beta, u)) < 1e-9


@pytest.mark.parametrize(("alpha", "beta"), BETA_SHAPES)
def test_beta_table_is_accurate_from_the_other_end(alpha, beta):
    u = scores()
    got = 1.0 - inverse_cdf.standard_beta_ppf(alpha, beta, u)
    wanted = special.betainccinv(beta, alpha, u)
    assert np.max(np.abs(got - wanted)) < 1e-9


@pytest.mark.parametrize("shape", [1e-3, 1e9])
def test_a_gamma_shape_that_a_table_cannot_hold_is_inverted_directly(shape):
    u = scores()
    assert inverse_cdf._gamma_table(shape) is None
    assert np.array_equal(inverse_cdf.standard_gamma_ppf(shape, u), special.gammaincinv(shape, u))


@pytest.mark.parametrize(("alpha", "beta"), [(0.01, 0.01), (1e9, 2.0), (2.0, 1e9)])
def test_beta_shapes_that_a_table_cannot_hold_are_inverted_directly(alpha, beta):
    u = scores()[::20]
    assert inverse_cdf._beta_table(alpha, beta) is None
    assert np.array_equal(inverse_cdf.standard_beta_ppf(alpha, beta, u), special.betaincinv(alpha, beta, u))


@pytest.mark.parametrize("length", [1, 2, 3, 7, 997, 4_096, 20_000])
def test_pieces_of_any_length_give_the_same_bytes(length):
    u = np.random.default_rng(1).random(20_000) + 2.0**-54
    pieces = [u[i : i + length] for i in range(0, min(len(u), 200 * length), length)]
    for function in (
        lambda v: inverse_cdf.standard_gamma_ppf(7.3, v),
        lambda v: inverse_cdf.standard_beta_ppf(3.3, 0.7, v),
    ):
        whole = function(u)
        together = np.concatenate([function(piece) for piece in pieces])
        assert together.tobytes() == whole[: len(together)].tobytes()


def test_strided_scores_give_the_same_bytes():
    u = np.random.default_rng(2).random((500, 3)) + 2.0**-54
    assert (
        inverse_cdf.standard_gamma_ppf(7.3, u[:, 1]).tobytes()
        == inverse_cdf.standard_gamma_ppf(7.3, u[:, 1].copy()).tobytes()
    )


def test_scores_of_any_shape_are_accepted():
    assert inverse_cdf.standard_gamma_ppf(2.0, np.full((2, 3), 0.5)).shape == (2, 3)
    assert inverse_cdf.standard_beta_ppf(2.0, 3.0, np.empty(0)).shape == (0,)


@pytest.mark.parametrize("u", [0.0, 1.0, -0.1, 2.0**-55, float("nan")])
def test_scores_that_no_stream_holds_are_refused(u):
    for function in (
        lambda v: inverse_cdf.standard_gamma_ppf(2.0, v),
        lambda v: inverse_cdf.standard_beta_ppf(2.0, 3.0, v),
    ):
        with pytest.raises(ValueError, match=r"^uniform scores must be between 2\^-54 and 1 - 2\^-53$"):
            function(np.array([0.5, u]))


def test_tables_are_built_once_and_read_only():
    table = inverse_cdf._gamma_table(12.5)
    assert table is inverse_cdf._gamma_table(12.5)
    assert not table.flags.writeable

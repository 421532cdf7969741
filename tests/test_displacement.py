"""The weighted displacement difference against its published example."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_jindu.evaluation.displacement import Counted, displacement_difference

counted = st.builds(Counted, st.integers(0, 500), st.integers(0, 500))


def test_the_example_of_wheeler_and_ratcliffe():
    """Crime Science 7, 11: -118, standard error 39.598, Z -2.98, 95 % interval -196 to -40."""
    found = displacement_difference(
        Counted(207, 110), Counted(308, 318), Counted(178, 157), Counted(150, 140)
    )
    assert (found.local, found.displaced, found.total) == (-107, -11, -118)
    assert found.standard_error == pytest.approx(39.598, abs=5e-4)
    assert found.z == pytest.approx(-2.98, abs=5e-3)
    assert found.p == pytest.approx(0.0029, abs=5e-5)
    assert (round(found.low), round(found.high)) == (-196, -40)


def test_without_places_around_only_the_local_change_counts():
    """A fall of 10 beside an unchanged control of 20: variance 20 + 10 + 20 + 20 = 70."""
    found = displacement_difference(Counted(20, 10), Counted(20, 20))
    assert (found.local, found.displaced, found.total) == (-10, 0, -10)
    assert found.standard_error == pytest.approx(np.sqrt(70))


def test_nothing_counted_cannot_be_tested():
    found = displacement_difference(Counted(0, 0), Counted(0, 0))
    assert (found.total, found.standard_error) == (0, 0)
    assert np.isnan([found.z, found.p]).all()


@given(counted, counted, counted, counted)
def test_treated_and_control_exchanged_change_the_sign_alone(treated, control, near, near_control):
    one = displacement_difference(treated, control, near, near_control)
    other = displacement_difference(control, treated, near_control, near)
    assert one.total == -other.total
    assert one.standard_error == other.standard_error
    assert one.low == pytest.approx(-other.high)
    assert one.low <= one.total <= one.high

"""The kernels for 64-bit ARM (core/simd/*neon.c), under qemu's emulation: their own tests, and trainings that stand on them.

On an ARM machine the unit tests themselves go through these kernels. Emulation says nothing about speed.
"""

import platform
import subprocess

import pytest

PROGRAMS = {  # of the arm64 preset, and which tests of them: none named is all; those that take longest under emulation are left out
    "als/test_simd": [],
    "als/test_coarse": [],
    "als/test_eigen": [],
    "als/test_row": ["rows_of_all_lengths_are_exact", "short_rows_are_exact_by_their_dual", "hard_weights_are_exact",
                     "rotated_factors_are_the_same_but_for_their_basis", "singular_equations_are_refused"],
    "als/test_train": ["loss_follows_float64", "the_number_of_threads_changes_no_byte", "films_without_ratings_are_exactly_zero"],
    "search/test_bytes": [],
    "encoder/test_layers": [],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_kernels_of_the_other_architecture(root, program, tmp_path):
    if platform.machine() != "x86_64":
        return
    path = root / "build" / "arm64" / "tests" / "unit" / program
    for name in PROGRAMS[program] or [""]:
        done = subprocess.run(["qemu-aarch64", path, *([name] if name else [])], capture_output=True, text=True, timeout=600, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_table_is_there(root):
    """A wrong name says which there are, and neon is found: the tests above would else pass by the reference alone."""
    if platform.machine() != "x86_64":
        return
    program = root / "build" / "arm64" / "tests" / "unit" / "als" / "test_simd"
    assert b"BUTACA_SIMD=%s: expected scalar, avx2 (x86-64) or neon" in program.read_bytes()
    for table, code in (("neon", 0), ("avx2", 1)):
        done = subprocess.run(["qemu-aarch64", "-E", f"BUTACA_SIMD={table}", program.with_name("test_train"), "loss_follows_float64"],
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == code, done.stdout

import sys
import types
from unittest import mock

from absl import flags

from cli import usage


def test_help_shows_lists_as_they_are_written():
    fv = flags.FlagValues()
    flags.DEFINE_list(
        "seeds", ["1", "2"], "Runs.", module_name="cli.x", flag_values=fv
    )
    flags.DEFINE_list("rows", [], "All.", module_name="cli.x", flag_values=fv)
    with mock.patch.dict(sys.modules, {"cli.x": types.ModuleType("cli.x")}):
        text = usage.text(fv, "A script.")
    assert "  --seeds=1,2\n" in text
    assert "  --rows\n" in text

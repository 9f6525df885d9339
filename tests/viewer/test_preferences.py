"""Settings of the manifest, as napari reads them."""

import pytest
from napari.settings import get_plugin_settings
from npe2 import PluginManifest
from pydantic import ValidationError

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.viewer.preferences import Preferences, keep_first_steps, preferences


@pytest.fixture
def kept(plugin_settings, npe2pm):  # noqa: ARG001
    """The settings of the plugin, in a folder of their own."""
    npe2pm.register(PluginManifest.from_distribution("napari-nfm"))
    return get_plugin_settings("napari-nfm")


@pytest.mark.usefixtures("kept")
def test_the_manifest_declares_every_preference_with_our_defaults():
    assert preferences() == Preferences()


def test_a_changed_preference_is_read(kept):
    kept.computing.device = "cpu"
    kept.display.tail_length = 30
    assert preferences() == Preferences(device="cpu", tail_length=30)


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("computing", "device", "abacus"),
        ("computing", "bootstraps", 3),
        ("display", "tail_length", 0),
    ],
)
def test_values_out_of_range_are_refused(kept, page, name, value):
    with pytest.raises(ValidationError):
        setattr(getattr(kept, page), name, value)
    assert preferences() == Preferences()


@pytest.mark.usefixtures("plugin_settings")
def test_without_the_plugin_the_defaults_hold():
    assert preferences() == Preferences()


def test_first_steps_stay_hidden_in_the_next_window(kept):
    keep_first_steps(False)
    assert not preferences().first_steps
    assert "first_steps: false" in kept.config_path.read_text()


def test_the_next_network_computes_where_preferences_say(explorer, checkpoint, monkeypatch):
    from napari_nfm.viewer import explorer as module

    monkeypatch.setattr(module, "preferences", lambda: Preferences(device="abacus"))
    explorer.load_twin(checkpoint)
    with pytest.raises(NeuralFoundationModelError, match="abacus"):
        explorer.jobs.wait(60)

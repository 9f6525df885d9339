import json
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch

from napari_nfm.fnn import FNN, errors, list_scans, load_twin


@pytest.fixture
def folder(tmp_path, data_directory):
    return shutil.copytree(data_directory / "fnn" / "tiny_checkpoint", tmp_path / "ck")


def merged(folder, scan="8_5"):
    return {
        **torch.load(folder / "params_core.pt", weights_only=True),
        **torch.load(folder / f"params_{scan}.pt", weights_only=True),
    }


def test_published_folder(folder):
    twin = load_twin(folder, 8, 5, device="cpu")
    assert isinstance(twin.network, FNN)
    assert twin.units.index.name == "readout_id"
    assert list(twin.units.columns) == ["session", "scan_idx", "unit_id"]
    assert list(twin.units.index) == list(range(20))
    assert twin.units.loc[:3, "unit_id"].tolist() == [4, 7, 11, 13]
    assert (twin.name, twin.note, twin.source) == ("session 8, scan 5", "", folder)
    assert twin.device == torch.device("cpu")
    assert "session 8, scan 5" in repr(twin)
    assert "20 units" in repr(twin)
    with pytest.raises(AttributeError):
        twin.note = "x"


@pytest.mark.parametrize("scan", ["8_5", "4_7"])
def test_every_tensor_arrives_bit_for_bit(folder, data_directory, scan):
    import hashlib

    expected = json.loads((data_directory / "fnn" / "tiny_sha256.json").read_text())[scan]
    twin = load_twin(folder, *map(int, scan.split("_")), device="cpu")
    state = twin.network.state_dict()
    assert state.keys() == expected.keys()
    for key, value in state.items():
        digest = hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest()
        assert digest == expected[key], key


def test_predict_is_the_networks(folder, data_directory):
    case = np.load(data_directory / "fnn" / "tiny" / "inputs_8_5.npz")
    twin = load_twin(folder, device="cpu")
    inputs = case["stimuli"], case["perspectives"], case["modulations"]
    np.testing.assert_allclose(twin.predict(*inputs), case["response"], rtol=2e-4)
    first = twin.predict(*(values[:4] for values in inputs))
    rest = twin.predict(*(values[4:] for values in inputs), reset=False)
    np.testing.assert_allclose(np.concatenate([first, rest]), case["response"], rtol=2e-4)


def test_default_scan_is_the_studys_else_the_first(folder):
    scans = (folder / "scans.csv").read_text().splitlines()
    (folder / "scans.csv").write_text("\n".join([scans[0], scans[2], scans[1]]) + "\n")
    assert list_scans(folder)["session"].tolist() == [4, 8]
    assert load_twin(folder, device="cpu").name == "session 8, scan 5"
    (folder / "params_8_5.pt").unlink()
    assert load_twin(folder, device="cpu").name == "session 4, scan 7"


def test_list_scans(folder, tmp_path):
    scans = list_scans(folder)
    assert scans.to_dict("list") == {"session": [8, 4], "scan_idx": [5, 7], "units": [20, 12]}
    (folder / "params_4_7.pt").unlink()
    assert list_scans(folder)["session"].tolist() == [8]
    torch.save(merged(folder), tmp_path / "alone.pt")
    alone = list_scans(tmp_path / "alone.pt")
    assert alone["units"].tolist() == [20]
    assert alone["session"].isna().all()


def zipped(folder, path, prefix=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{prefix}README.md", "not needed")
        for file in folder.iterdir():
            archive.write(file, prefix + file.name)
    return path


@pytest.mark.parametrize("prefix", ["", "release_v1/"])
def test_zip_is_read_without_unpacking(folder, tmp_path, prefix):
    path = zipped(folder, tmp_path / "published.zip", prefix)
    before = sorted(tmp_path.iterdir())
    assert list_scans(path).equals(list_scans(folder))
    expected = load_twin(folder, 4, 7, device="cpu")
    twin = load_twin(path, 4, 7, device="cpu")
    assert twin.fingerprint == expected.fingerprint
    assert twin.units.equals(expected.units)
    assert sorted(tmp_path.iterdir()) == before


def test_zip_under_another_name(folder, tmp_path):
    path = zipped(folder, tmp_path / "published.download")
    assert load_twin(path, device="cpu").name == "session 8, scan 5"


def test_folder_one_level_down(folder, tmp_path):
    assert load_twin(tmp_path, device="cpu").fingerprint == load_twin(folder).fingerprint
    assert list_scans(str(tmp_path)).equals(list_scans(folder))


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_single_file(folder, tmp_path, wrap, suffix):
    path = tmp_path / f"mine{suffix}"
    state = merged(folder)
    torch.save({"state_dict": state, "epoch": 3} if wrap else state, path)
    twin = load_twin(path, device="cpu")
    assert twin.fingerprint == load_twin(folder, 8, 5).fingerprint
    assert (twin.name, len(twin.units), list(twin.units.columns)) == ("mine", 20, [])
    assert twin.units.index.name == "readout_id"


def test_single_file_with_tables_beside_it(folder, tmp_path):
    path = tmp_path / "mine.pt"
    torch.save(merged(folder), path)
    shutil.copy(folder / "units.csv", tmp_path / "units.csv")
    assert load_twin(path, device="cpu").units.columns.empty  # which of two scans is not said
    assert load_twin(path, 8, 5, device="cpu").units["unit_id"].iloc[1] == 7
    units = pd.read_csv(folder / "units.csv").query("session == 8").assign(area="V1")
    units.sample(frac=1, random_state=0).to_csv(tmp_path / "units.csv", index=False)
    (tmp_path / "config.json").write_text('{"name": "mine, trained", "note": "demo"}')
    twin = load_twin(path, device="cpu")
    assert twin.units["unit_id"].is_monotonic_increasing
    assert set(twin.units["area"]) == {"V1"}
    assert (twin.name, twin.note) == ("mine, trained", "demo")
    assert list_scans(path).to_dict("list") == {"session": [8], "scan_idx": [5], "units": [20]}


def test_single_file_does_not_know_its_scan(folder, tmp_path, assert_one_clear_sentence):
    torch.save(merged(folder), tmp_path / "mine.pt")
    with pytest.raises(errors.ScanNotFoundError) as caught:
        load_twin(tmp_path / "mine.pt", 8, 5)
    assert_one_clear_sentence(caught.value, "mine.pt")


def test_fingerprint_is_that_of_the_weights(folder):
    before = load_twin(folder, device="cpu")
    assert before.fingerprint == load_twin(folder, device="cpu").fingerprint
    assert before.fingerprint != load_twin(folder, 4, 7, device="cpu").fingerprint
    core = torch.load(folder / "params_core.pt", weights_only=True)
    core["core.recurrent.out.gains.0"][0, 0] += 1e-6
    torch.save(core, folder / "params_core.pt")
    assert load_twin(folder, device="cpu").fingerprint != before.fingerprint


@pytest.mark.parametrize("device", ["warp", "cuda:97", 3.5])
def test_device_that_is_not_there(folder, device, assert_one_clear_sentence):
    with pytest.raises(errors.DeviceError) as caught:
        load_twin(folder, device=device)
    assert_one_clear_sentence(caught.value, device, "cpu")


def test_to_another_device(folder):
    twin = load_twin(folder)
    assert twin.to("cpu") is twin
    assert twin.device.type == "cpu"
    with pytest.raises(errors.DeviceError):
        twin.to("warp")


def test_full_size_checkpoint(shared):
    folder = shared("golden/fnn/full_checkpoint")
    twin = load_twin(folder, device="cpu")
    expected = json.loads(shared("golden/fnn/full_sha256.json").read_text())
    assert set(twin.network.state_dict()) == set(expected["8_5"])
    assert twin.network.architecture.retina == (128, 192)

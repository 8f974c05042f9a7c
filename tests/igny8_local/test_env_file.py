"""KEY=VALUE files, and the one with Airflow's settings."""

from pathlib import Path

import pytest
import yaml

from igny8_local.env_file import read_env_file
from igny8_local.errors import EnvironmentFileError
from igny8_local.paths import AIRFLOW_SETTINGS


def test_values_are_taken_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "some.env"
    file.write_text('# a comment\n\nURL=http://a/?b=c#d\nQUOTED="x y"\nEMPTY=\n  SPACED=1  \n')
    assert read_env_file(file) == {"URL": "http://a/?b=c#d", "QUOTED": '"x y"', "EMPTY": "", "SPACED": "1"}


@pytest.mark.parametrize("line", ["no value", "TWO WORDS=1", "export A=1", "=1", "1A=2"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "some.env"
    file.write_text(f"A=1\n{line}\n")
    with pytest.raises(EnvironmentFileError, match=r"some\.env, line 2: .* is not of the form KEY=VALUE"):
        read_env_file(file)


def test_airflow_knows_every_setting() -> None:
    import airflow

    template = Path(airflow.__file__).parent / "config_templates" / "config.yml"
    known = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in yaml.safe_load(template.read_text()).items()
        for option in content["options"]
    }
    # Read by Airflow for each of its components besides [core]; see set_component_mp_start_method.
    known |= {"AIRFLOW__SCHEDULER__MP_START_METHOD", "AIRFLOW__SCHEDULER__MP_FORKSERVER_PRELOAD"}
    settings = read_env_file(AIRFLOW_SETTINGS)
    assert settings
    assert set(settings) <= known


def test_the_settings_hold_no_secrets_and_no_paths() -> None:
    for name, value in read_env_file(AIRFLOW_SETTINGS).items():
        assert "/" not in value, name
        assert not any(word in name for word in ("PASSWORD_", "SECRET", "KEY", "CONN")), name

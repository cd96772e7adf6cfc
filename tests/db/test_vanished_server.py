"""A database server that vanishes without a word must not be waited for by the hour."""

from sqlalchemy import Engine


def test_every_connection_asks_whether_its_server_is_still_there(engine: Engine) -> None:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        said = driver.info.get_parameters()

    asks = {name: said[name] for name in ("keepalives_idle", "keepalives_interval", "keepalives_count")}
    assert asks == {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}
    assert said["tcp_user_timeout"] == "25000"

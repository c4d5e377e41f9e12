"""What an error says that comes while a database sends its rows."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException

from lake.contracts.shop import Connection
from lake.errors import EnvironmentError_
from lake.io.database import asked

TILL = Connection(url="jdbc:postgresql://till:5432/shop", user="shop", password_env="TILL_PASSWORD")
STOPPED = """\
Job aborted due to stage failure: Task 0 in stage 3.0 failed 1 times, most recent failure: Lost task 0.0 in stage 3.0 \
(TID 3) (localhost executor driver): {told}
\tat org.postgresql.core.v3.QueryExecutorImpl.fetch(QueryExecutorImpl.java:2745)
\tat org.apache.spark.sql.execution.datasources.jdbc.JdbcUtils$$anon$1.getNext(JdbcUtils.scala:384)"""


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
         "An I/O error occurred while sending to the backend."),
        ("java.sql.SQLNonTransientConnectionException: (conn=4) Socket error", "(conn=4) Socket error"),
        ("org.mariadb.jdbc.export.MaxAllowedPacketException: too long", "too long"),
    ],
)  # fmt: skip
def test_a_database_that_drops_in_the_middle_is_told_with_its_connection(told: str, reason: str) -> None:
    with pytest.raises(EnvironmentError_) as raised, asked("till", TILL):
        raise PySparkException(STOPPED.format(told=told))
    assert str(raised.value) == f"connection till ({TILL.url}): {reason}: look at the server, then run again"


def test_what_the_database_did_not_say_stays_as_it_is() -> None:
    with pytest.raises(PySparkException, match="No space left"), asked("till", TILL):
        raise PySparkException(STOPPED.format(told="java.io.IOException: No space left on device"))

# ruff: noqa: INP001 - the linter loads this folder by its path
"""Stand-ins for dbt's cross-database macros, so that sqlfluff can read the models alone."""


def dateadd(datepart: str, interval: object, from_date_or_timestamp: str) -> str:
    """`dbt.dateadd` as DuckDB renders it."""
    return f"date_add({from_date_or_timestamp}, ({interval}) * interval '1 {datepart}')"


def datediff(first_date: str, second_date: str, datepart: str) -> str:
    """`dbt.datediff` as DuckDB renders it."""
    return f"date_diff('{datepart}', {first_date}, {second_date})"


def date_trunc(datepart: str, date: str) -> str:
    """`dbt.date_trunc`."""
    return f"date_trunc('{datepart}', {date})"


def last_day(date: str, datepart: str) -> str:
    """`dbt.last_day`; the part is always the month."""
    return f"last_day({date})" if datepart == "month" else date


def date_spine(datepart: str, start_date: str, end_date: str) -> str:
    """`dbt.date_spine`: one row a period."""
    return f"select {start_date} as date_{datepart}, {end_date} as end_date"


def array_construct(inputs: list[str], data_type: str) -> str:
    """`dbt.array_construct`."""
    return f"[{', '.join(inputs)}]" if inputs else f"cast([] as {data_type} [])"

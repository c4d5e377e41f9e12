"""Spark's built-in functions as contracts may use them: pure functions of one row that do not raise under ANSI.

Checked against `show functions` of Spark 4.2.0. Functions that need a configuration, a catalog or a file are left out.
"""

from __future__ import annotations

TEXT = frozenset(
    """ascii bit_length btrim char char_length character_length chr concat concat_ws contains endswith
    find_in_set format_number format_string initcap instr is_valid_utf8 lcase left len length levenshtein
    locate lower lpad ltrim luhn_check make_valid_utf8 mask octet_length overlay position printf quote
    regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace regexp_substr
    repeat replace reverse right rpad rtrim sentences soundex space split split_part startswith substr
    substring substring_index to_char to_varchar translate trim try_validate_utf8 ucase upper url_encode
    try_url_decode like ilike rlike regexp""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
NUMBERS = frozenset(
    """abs acos acosh asin asinh atan atan2 atanh bin bit_count bit_get bround cbrt ceil ceiling cos cosh cot
    csc degrees e exp expm1 factorial floor getbit hex hypot isnan ln log log10 log1p log2 nanvl negative pi
    pmod positive pow power radians rint round sec shiftleft shiftright shiftrightunsigned sign signum sin
    sinh sqrt tan tanh try_add try_divide try_mod try_multiply try_subtract try_to_number unhex width_bucket""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
CHOICE = frozenset(
    """coalesce equal_null greatest if ifnull isnotnull isnull least nullif nullifzero nvl nvl2 zeroifnull""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
TIME = frozenset(
    """add_months convert_timezone date_add date_diff date_format date_from_unix_date date_part date_sub
    date_trunc dateadd datediff datepart day dayname dayofmonth dayofweek dayofyear extract from_unixtime
    from_utc_timestamp hour last_day minute month monthname months_between next_day quarter second
    timestamp_micros timestamp_millis timestamp_seconds to_utc_timestamp trunc try_make_timestamp
    try_make_timestamp_ltz try_make_timestamp_ntz try_make_interval try_to_date try_to_time try_to_timestamp
    unix_date unix_micros unix_millis unix_seconds weekday weekofyear year try_cast""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
NESTED = frozenset(
    """aggregate array array_append array_compact array_contains array_distinct array_except array_intersect
    array_join array_max array_min array_position array_prepend array_remove array_size array_sort
    array_union arrays_overlap arrays_zip cardinality exists filter flatten forall from_csv from_json get
    get_json_object json_array_length json_object_keys map_contains_key map_entries map_filter map_keys
    map_values named_struct reduce size slice sort_array struct to_json transform try_element_at
    try_parse_json try_variant_get typeof zip_with""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
DIGESTS = frozenset(
    """base64 crc32 hash md5 sha sha1 sha2 try_to_binary xxhash64 try_parse_url""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
ALLOWED = TEXT | NUMBERS | CHOICE | TIME | NESTED | DIGESTS

TRY_FORMS = {
    "cast": "try_cast",
    "element_at": "try_element_at",
    "aes_decrypt": "try_aes_decrypt outside of contracts",
    "assert_true": "an expectation",
    "decode": "the format's `encoding`",
    "elt": "case when",
    "encode": "the format's `encoding`",
    "make_date": "try_to_date(concat_ws('-', year, month, day))",
    "make_interval": "try_make_interval",
    "make_timestamp": "try_make_timestamp",
    "make_timestamp_ltz": "try_make_timestamp_ltz",
    "make_timestamp_ntz": "try_make_timestamp_ntz",
    "mod": "try_mod",
    "parse_json": "try_parse_json",
    "parse_url": "try_parse_url",
    "raise_error": "an expectation",
    "to_binary": "try_to_binary",
    "to_date": "try_to_date",
    "to_number": "try_to_number",
    "to_time": "try_to_time",
    "to_timestamp": "try_to_timestamp",
    "to_timestamp_ltz": "try_to_timestamp",
    "to_timestamp_ntz": "try_to_timestamp",
    "to_unix_timestamp": "unix_seconds(try_to_timestamp(...))",
    "unbase64": "try_to_binary(..., 'base64')",
    "unix_timestamp": "unix_seconds(try_to_timestamp(...))",
    "url_decode": "try_url_decode",
    "validate_utf8": "try_validate_utf8",
    "variant_get": "try_variant_get",
}
"""Functions that raise on bad values under ANSI: what to write instead."""

CAST_NAMES = frozenset(
    "bigint binary boolean date decimal double float int smallint string timestamp tinyint time".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
"""Types that Spark also knows as functions (`int(x)`); they cast and raise."""

OTHER_ANSWER_EACH_TIME = frozenset(
    """rand randn random randstr uuid shuffle uniform now curdate current_date current_time current_timestamp
    localtimestamp monotonically_increasing_id spark_partition_id""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)

ASKS_THE_MACHINE = frozenset(
    """current_catalog current_database current_path current_schema current_timezone current_user session_user user
    version input_file_name input_file_block_start input_file_block_length reflect try_reflect java_method
    python_worker_logs sql_keywords""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)

SEVERAL_ROWS = frozenset(
    """any any_value approx_count_distinct approx_percentile array_agg avg bit_and bit_or bit_xor bool_and bool_or
    collect_list collect_set corr count count_if count_min_sketch covar_pop covar_samp every first first_value
    grouping grouping_id histogram_numeric kurtosis last last_value listagg max max_by mean median min min_by mode
    percentile percentile_approx percentile_cont percentile_disc regr_count skewness some std stddev stddev_pop
    stddev_samp string_agg sum try_avg try_sum var_pop var_samp variance row_number rank dense_rank lag lead ntile
    nth_value cume_dist percent_rank window session_window""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)

MAKES_ROWS = frozenset(
    """explode explode_outer posexplode posexplode_outer inline inline_outer stack json_tuple variant_explode
    variant_explode_outer""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)

WITHOUT_BRACKETS = frozenset(
    "current_date current_timestamp current_time current_user localtimestamp session_user user".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
"""Functions that are called by their bare name, if no column is called so."""

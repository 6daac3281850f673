"""The functions that Oracle runs without side effects.

Its built-in ones, less those that resolve XML entities or URLs; no package.
"""

_WORDS = """
abs acos add_months any_value approx_count approx_count_distinct approx_median approx_percentile approx_rank
approx_sum ascii asciistr asin atan atan2 avg bin_to_num binary_float bit_and_agg bit_or_agg bit_xor_agg bitand
boolean_and_agg boolean_or_agg cardinality cast ceil char character chartorowid checksum chr coalesce collation
collect compose concat convert corr corr_k corr_s cos cosh count covar_pop covar_samp cube cume_dist
current_date current_timestamp date day dbtimezone dec decimal decode decompose dense_rank depth dump empty_blob
empty_clob every exp extract first first_value float floor from_tz greatest group_id grouping grouping_id
hextoraw initcap instr instrb instrc integer interval iteration_number json json_array json_arrayagg
json_dataguide json_equal json_exists json_mergepatch json_object json_objectagg json_query json_scalar
json_serialize json_table json_textcontains json_transform json_value kurtosis_pop kurtosis_samp lag last
last_day last_value lead least length lengthb lengthc listagg ln lnnvl localtimestamp log lower lpad ltrim max
median min mod months_between nanvl nchar nchr new_time next_day nls_charset_decl_len nls_charset_id
nls_charset_name nls_collation_id nls_collation_name nls_initcap nls_lower nls_upper nlssort nth_value ntile
nullif number numeric numtodsinterval numtoyminterval nvarchar2 nvl nvl2 ora_dst_affected ora_dst_convert
ora_dst_error ora_hash ora_invoking_user percent_rank percentile_cont percentile_disc power presentnnv presentv
previous rank ratio_to_report raw rawtohex rawtonhex regexp_count regexp_instr regexp_like regexp_replace
regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
remainder replace rollup round round_ties_to_even row_number rowidtochar rowidtonchar rpad rtrim
scn_to_timestamp second sessiontimezone sign sin sinh skewness_pop skewness_samp soundex sqrt standard_hash
stats_mode stddev stddev_pop stddev_samp substr substrb substrc sum sys_connect_by_path sys_context
sys_extract_utc sys_guid sys_typeid sysdate systimestamp tan tanh timestamp timestamp_to_scn
to_approx_count_distinct to_approx_percentile to_binary_double to_binary_float to_blob to_boolean to_char
to_clob to_date to_dsinterval to_lob to_multi_byte to_nchar to_nclob to_number to_single_byte to_timestamp
to_timestamp_tz to_yminterval translate treat trim trunc tz_offset uid unistr upper user userenv
validate_conversion var_pop var_samp varchar varchar2 variance varying vector_distance vsize width_bucket xmlagg
xmlattributes xmlcomment xmlconcat xmlelement xmlforest xmlserialize year
"""
NAMES = frozenset(_WORDS.split())

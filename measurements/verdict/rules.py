"""All tables in one: for docs, for tests, for whoever counts rules."""

from typing import Any

from measurements.verdict.matrix import MATRIX, Row
from measurements.verdict.rule import Rule
from measurements.verdict.rules_dns import DNS_RULES
from measurements.verdict.rules_http import HTTP_RULES
from measurements.verdict.rules_tcp import TCP_RULES
from measurements.verdict.rules_tls import TLS_RULES

ALL_RULES: tuple[Rule[Any], ...] = (*DNS_RULES, *TCP_RULES, *TLS_RULES, *HTTP_RULES)
ALL_ROWS: tuple[Row, ...] = MATRIX

"""Names that computers and users have without telling who they are; and the words of our format.

Blanking these would blank half of every page, and the format's own words.
"""

_NAMES = """
    user users root admin administrator guest localhost localdomain local home house desktop laptop computer
    notebook netbook server router gateway modem host test tester testing default public private ubuntu debian
    fedora arch linux windows macos macbook imac raspberrypi pi kali mint manjaro opensuse alpine android iphone
    ipad nobody daemon system service guestuser owner me my pc mypc win work office school family admin1 user1
    ubuntu-desktop demo dev developer docker container vagrant node runner worker build app web www mail ftp site
    probe anyqta name data info news main index page login signin account blog shop store help support about
    search contact english russian kazakh english-us john anna maria alex max ivan ali
    """
_FORMAT = """
    accept accessible address agent aborted alpn alert annotations answer answers arm asn attempt backend blocked
    blocking body bytes category certificate certificates chain cipher client code confidence connection content control
    controls date depth dns doh dot down engine error etag evidence expires experiment experiments failure false
    features findings flags format get getaddrinfo head headers host hostname http https inconclusive input invalid
    json kind label layer layers length list locus mechanism method mozilla network none null number ok operation
    outcome path port post proxy query queries quic raw read reason request requests reset resolver response role
    rule rules runtime says scheme scrubbed shingles size software start started status subject success summary
    system tags target tcp time timeout title tls trace transaction trigger true truncated type udp unknown
    unreachable uid url utf verdict version visit warning write gecko chrome safari firefox webkit applewebkit
    addrs and answer_type as_org_name authority blockpage blockpage_ip body_is_truncated body_length bogon
    bytes_received_cumulative c_line c_records c_sni c_split c_twin cipher_suite clearing client_resolver
    connect connection_refused connection_reset control_failure cookie cumulative data_format_version discovered
    discovered_h3_endpoint dns_name dns_no_answer dns_nxdomain_error dns_refused_error dns_temporary_failure
    dns_transports dnst dot_t duplicate endpoint environment eof events extensions generic generic_timeout_error
    handshake handshakes headers_list hello helpers hijack hops http3 http3_request http_host http_request
    http_url httpt injection ip_info ip_port ipv4 keys last location matrix measurement measurement_start_time
    measurement_uid mitm negotiated negotiated_protocol netevents network_events no_answer no_tls_verify
    nxdomain org own own_address peer peer_certificates probe_asn probe_cc probe_ip probe_network_name protocol
    query_type quic_handshake quic_handshakes raw_response rcode received redirect refused report report_id
    resolver_address resolver_asn resolver_hostname resolver_ip resolver_network_name resolver_port responses
    revisit run sent server_name server_side servfail sha256 side sni sni_and_ip sni_matrix socksproxy
    software_name software_version ssl ssl_unknown_authority stable status_code suite tampered tcp_connect
    tcpconnect temporary test_helpers test_keys test_name test_runtime test_start_time test_version throttled
    throttling tls_handshake tls_handshakes tls_version tlshandshake total transaction_id transport transports
    ttl ttls verify x_body_length x_body_sha256 x_body_total x_bytes_received x_bytes_sent x_category_code
    x_controls x_dns_duplicate_responses x_environment x_experiments x_failure x_headers_list x_hello x_hops
    x_last_operation x_resolver_cc x_run_id x_runtime x_shingles x_stable x_title x_transport x_ttls
    """
COMMON = frozenset(f"{_NAMES} {_FORMAT}".split())

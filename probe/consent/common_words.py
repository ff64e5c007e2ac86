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
    """
COMMON = frozenset(f"{_NAMES} {_FORMAT}".split())

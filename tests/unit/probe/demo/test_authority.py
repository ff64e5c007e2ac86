"""probe/demo/authority.py, in the eyes of probe/net/trust.py."""

from pathlib import Path as FilePath

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from probe.demo.authority import PRETEND_INTERCEPTOR, PRETEND_ROOT, Authority, pem
from probe.net.system import SystemClock
from probe.net.trust import Trust


@pytest.fixture
def root() -> Authority:
    return Authority(PRETEND_ROOT, SystemClock().utc())


def judged(root: Authority, leaf: x509.Certificate, name: str, folder: FilePath) -> str | None:
    """The failure where only `root` is trusted beside the bundled list."""
    file = folder / "root.pem"
    file.write_bytes(pem(root.root))
    chain = tuple(c.public_bytes(Encoding.DER) for c in (leaf, root.root))
    return Trust(file).failure(chain, name)


def test_what_the_root_issues_is_good_for_its_names(root: Authority, tmp_path: FilePath) -> None:
    """For names and addresses, and no other."""
    leaf = root.issue(("a.example", "102.193.0.1"))
    assert judged(root, leaf, "a.example", tmp_path) is None
    assert judged(root, leaf, "102.193.0.1", tmp_path) is None
    assert "ssl_invalid_hostname" == judged(root, leaf, "b.example", tmp_path)


def test_an_expired_leaf_is_bad_for_its_date_only(root: Authority, tmp_path: FilePath) -> None:
    """Its issuer is known."""
    leaf = root.issue(("a.example",), expired=True)
    assert "ssl_invalid_certificate" == judged(root, leaf, "a.example", tmp_path)


def test_the_interceptor_is_not_trusted(root: Authority, tmp_path: FilePath) -> None:
    """Its chain is otherwise good, and names the authority that it imitates."""
    interceptor = Authority(PRETEND_INTERCEPTOR, SystemClock().utc())
    leaf = interceptor.issue(("a.example",))
    assert "ssl_unknown_authority" == judged(root, leaf, "a.example", tmp_path)
    assert "O=ISCA" in leaf.issuer.rfc4514_string()


def test_a_servers_file_holds_its_chain(root: Authority, tmp_path: FilePath) -> None:
    """Key, leaf and root, in the folder that is removed with the world."""
    root.server_context(("a.example",), tmp_path)
    (file,) = tmp_path.iterdir()
    assert 2 == len(x509.load_pem_x509_certificates(file.read_bytes()))

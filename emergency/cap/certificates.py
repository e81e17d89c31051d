"""A certificate that somebody wants to be trusted: read, and refused when it could convince nobody."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gis_core.errors import BadInput

MOST_PEM = 20_000
LEAST_BITS = 2048


class BadCertificate(BadInput):
    """A certificate that cannot be read, is out of date, or whose key is no key for signatures."""

    code = "cap_bad_certificate"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says of itself; the fingerprint is SHA-256 in small hexadecimal letters."""

    pem: str
    subject: str
    fingerprint: str
    not_after: datetime


def read_certificate(text: str, at: datetime) -> Certificate:
    """The one certificate of a PEM.

    :raises BadCertificate: saying what is wrong with it.
    """
    if "PRIVATE KEY" in text:
        raise BadCertificate("这里面有私钥，没有保存。请只粘贴证书（BEGIN CERTIFICATE）。")
    try:
        found = x509.load_pem_x509_certificates(text.strip()[:MOST_PEM].encode("ascii"))
        one, key = found[0], found[0].public_key()
    except (ValueError, IndexError, UnicodeEncodeError, TypeError) as problem:
        raise BadCertificate("证书读不出来。请粘贴 PEM 格式的 X.509 证书。") from problem
    if len(found) != 1:
        raise BadCertificate("请一次只粘贴一张证书。")
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
        raise BadCertificate(f"证书的公钥应为 {LEAST_BITS} 位以上的 RSA。请向对方索取新的证书。")
    if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
        raise BadCertificate("证书已经过期或尚未生效。请向对方索取有效的证书。")
    pem = one.public_bytes(serialization.Encoding.PEM).decode("ascii")
    fingerprint = one.fingerprint(hashes.SHA256()).hex()
    return Certificate(pem, one.subject.rfc4514_string(), fingerprint, one.not_valid_after_utc)

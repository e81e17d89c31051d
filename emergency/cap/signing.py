"""Signatures of messages: an enveloped XML signature as the last child, RSA with SHA-256 and certificate.

Whether a signature holds and whether the signer is trusted are two questions. The first is arithmetic; the
second is answered by a trust store that says which certificate speaks for which sender. A message that
cannot be verified is never dropped for that: it is shown with how its signature stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from emergency.cap.safe_xml import local_name, namespace_of, parse, text_of, to_bytes
from emergency.cap.schema_order import SIGNATURE_NAMESPACE, VERSIONS
from gis_core.errors import BadInput, Refused

KEY_BITS: Final = 3072
MOST_SIGNATURES: Final = 8
_DS = f"{{{SIGNATURE_NAMESPACE}}}"
_METHODS = frozenset(method for method in SignatureMethod if not method.name.startswith("HMAC"))
_WHOLE = frozenset(
    {
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        *(method.value for method in CanonicalizationMethod),
    }
)


class BadSigningKey(BadInput):
    """A key pair that does not fit together, or is no key pair for signing."""

    code = "cap_bad_signing_key"


class NothingToSign(Refused):
    """Only documents of CAP are signed."""

    code = "cap_nothing_to_sign"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Our key, which never leaves the machine, and the certificate others know us by; both PEM."""

    private_pem: bytes = field(repr=False)
    certificate_pem: bytes


@dataclass(frozen=True, slots=True)
class Trusted:
    """A certificate that speaks for a sender: its own, or with `is_authority` that of who issued it."""

    sender: str
    certificate_pem: bytes
    is_authority: bool = False
    until: datetime | None = None


class SignatureState(StrEnum):
    """How a message or one of its signatures stands."""

    VALID_TRUSTED = "valid_trusted"
    VALID_UNTRUSTED = "valid_untrusted"
    INVALID = "invalid"
    UNSIGNED = "unsigned"


STATE_NAMES: Final[Mapping[SignatureState, str]] = {
    SignatureState.VALID_TRUSTED: "签名有效，签发者可信",
    SignatureState.VALID_UNTRUSTED: "签名有效，签发者未列入信任",
    SignatureState.INVALID: "签名无效",
    SignatureState.UNSIGNED: "没有签名",
}
REASONS: Final[Mapping[str, str]] = {
    "trusted": "证书属于这个发送者。",
    "not_signed": "消息没有签名，请向发送者核实。",
    "unknown_certificate": "证书不在信任库里。核实后可以添加。",
    "of_another_sender": "证书属于别的发送者，可能是冒名，请立即核实。",
    "certificate_out_of_date": "证书已经过期、尚未生效或不再受信任，请向发送者核实。",
    "weak_algorithm": "签名算法过旧（SHA-1），不足以采信。",
    "changed": "签名与内容不符，消息可能被改动过，请向发送者核实。",
    "not_whole": "签名没有覆盖整条消息，不能采信。",
    "no_key": "签名没有附带证书或公钥，无法核验。",
    "unreadable": "签名读不出来，无法核验。",
}
_RANKS = (SignatureState.VALID_TRUSTED, SignatureState.VALID_UNTRUSTED, SignatureState.INVALID)


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """How one signature stands, why, and whose certificate it has: subject and SHA-256 fingerprint."""

    state: SignatureState
    reason: str
    signer: str = ""
    fingerprint: str = ""

    @property
    def words(self) -> str:
        """Why it stands so, and what to do."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class Verification:
    """How the message stands, which is how its best signature does, and each of its signatures."""

    state: SignatureState
    signatures: tuple[SignatureCheck, ...] = ()

    @property
    def words(self) -> str:
        """Why the message stands so, and what to do."""
        best = next((one for one in self.signatures if one.state is self.state), None)
        return best.words if best else REASONS["not_signed"]


def make_key(name: str, at: datetime, *, days: int = 730) -> SigningKey:
    """A key pair of our own with a certificate that it signs itself, valid from a day before `at`."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
    )
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(private_pem, certificate.public_bytes(serialization.Encoding.PEM))


def sign(document: bytes, key: SigningKey) -> bytes:
    """The document with a signature as its last child; sign when all else is final.

    :raises NothingToSign: when it is no message of CAP.
    :raises BadSigningKey: when key and certificate do not belong together.
    """
    root = parse(document)
    if local_name(root) != "alert" or namespace_of(root) not in VERSIONS:
        raise NothingToSign("只有 CAP 预警消息才能签名。请先生成消息。")
    private, certificate = _pair(key)
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return to_bytes(signer.sign(root, key=private, cert=[certificate]))


def _pair(key: SigningKey) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    try:
        private = serialization.load_pem_private_key(key.private_pem, password=None)
        certificate = x509.load_pem_x509_certificate(key.certificate_pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise BadSigningKey(
            "签名私钥或证书读不出来。请提供 PEM 格式、没有密码的 RSA 私钥和 X.509 证书。"
        ) from problem
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < 2048:
        raise BadSigningKey("签名私钥应为 2048 位以上的 RSA 私钥。请重新生成。")
    if private.public_key() != certificate.public_key():
        raise BadSigningKey("签名私钥和证书不是一对。请核对。")
    return private, certificate


def verify(document: bytes, trust: Sequence[Trusted], at: datetime) -> Verification:
    """How the signatures of a document stand at the moment it was received; each is tried alone.

    :raises NotXml: XmlTooLarge, XmlWithDoctype; whatever a signature is like, it is never an error.
    """
    root = parse(document, keeps_comments=True)
    found = _signatures(root)
    if not found:
        return Verification(SignatureState.UNSIGNED)
    senders = root.findall(f"{{{namespace_of(root)}}}sender")
    sender = text_of(senders[0]) if len(senders) == 1 else ""
    checks = tuple(
        _check(root, number, _Store(tuple(trust), sender, at))
        for number in range(min(len(found), MOST_SIGNATURES))
    )
    state = min((check.state for check in checks), key=_RANKS.index)
    return Verification(state, checks)


@dataclass(frozen=True, slots=True)
class _Store:
    """Who is trusted for one sender at one moment."""

    trusted: tuple[Trusted, ...]
    sender: str
    at: datetime

    def certificates(self) -> Iterator[x509.Certificate]:
        """What speaks for the sender itself."""
        for entry in self.trusted:
            if entry.sender == self.sender and not entry.is_authority:
                yield x509.load_pem_x509_certificate(entry.certificate_pem)

    def certificate_of(self, key: bytes) -> x509.Certificate | None:
        """The certificate of the sender that has a public key (PEM)."""
        return next((known for known in self.certificates() if _key_of(known) == key), None)

    def reason(self, certificate: x509.Certificate) -> str:
        """Whether a certificate speaks for the sender, and if not, why."""
        entries = [entry for entry in self.trusted if _vouches(entry, certificate)]
        own = [entry for entry in entries if entry.sender == self.sender]
        if not entries:
            return "unknown_certificate"
        if not own:
            return "of_another_sender"
        is_current = certificate.not_valid_before_utc <= self.at <= certificate.not_valid_after_utc
        if is_current and any(entry.until is None or self.at < entry.until for entry in own):
            return "trusted"
        return "certificate_out_of_date"


def _key_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _vouches(entry: Trusted, certificate: x509.Certificate) -> bool:
    known = x509.load_pem_x509_certificate(entry.certificate_pem)
    if not entry.is_authority:
        return known == certificate
    try:
        certificate.verify_directly_issued_by(known)
    except (ValueError, TypeError, WrongSignature):
        return False
    return True


_BROKEN = (
    SignXMLException, WrongSignature, UnsupportedAlgorithm, etree.LxmlError, ValueError, TypeError, KeyError,
    AttributeError, IndexError,
)  # fmt: skip


def _check(root: etree._Element, number: int, store: _Store) -> SignatureCheck:
    """One signature, alone at first, then with those before it, which it may cover."""
    signature = _signatures(root)[number]
    if not _covers_all(signature):
        return SignatureCheck(SignatureState.INVALID, "not_whole")
    try:
        candidates: list[x509.Certificate | None] = list(_certificates(signature))
    except _BROKEN:
        return SignatureCheck(SignatureState.INVALID, "unreadable")
    has_value = signature.find(f"{_DS}KeyInfo/{_DS}KeyValue") is not None
    if not candidates and not has_value:
        candidates = list(store.certificates())
        if not candidates:
            return SignatureCheck(SignatureState.INVALID, "no_key")
    for before in (0, number):
        document = _left_with(root, range(number - before, number + 1))
        for certificate in candidates or [None]:
            key = _verified_key(document, before, certificate)
            if key is not None:
                return _judged(signature, certificate or store.certificate_of(key), store)
    return SignatureCheck(SignatureState.INVALID, "changed", *_whose(candidates[0] if candidates else None))


def _judged(signature: etree._Element, certificate: x509.Certificate | None, store: _Store) -> SignatureCheck:
    if _is_weak(signature):
        reason = "weak_algorithm"
    else:
        reason = store.reason(certificate) if certificate else "unknown_certificate"
    state = SignatureState.VALID_TRUSTED if reason == "trusted" else SignatureState.VALID_UNTRUSTED
    return SignatureCheck(state, reason, *_whose(certificate))


def _signatures(root: etree._Element) -> list[etree._Element]:
    return [child for child in root if child.tag == f"{_DS}Signature"]


def _covers_all(signature: etree._Element) -> bool:
    """Whether it has one reference, to the whole document, with nothing but itself taken out."""
    references = signature.findall(f"{_DS}SignedInfo/{_DS}Reference")
    if len(references) != 1 or references[0].get("URI") != "":
        return False
    transforms = references[0].findall(f"{_DS}Transforms/{_DS}Transform")
    return all(transform.get("Algorithm") in _WHOLE for transform in transforms)


def _certificates(signature: etree._Element) -> Iterator[x509.Certificate]:
    """The certificates it carries; the signer's is the one whose key fits."""
    for element in signature.iterfind(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate"):
        words = "".join((element.text or "").split())
        pem = f"-----BEGIN CERTIFICATE-----\n{words}\n-----END CERTIFICATE-----\n"
        yield x509.load_pem_x509_certificate(pem.encode("ascii"))


def _left_with(root: etree._Element, kept: range) -> bytes:
    """The document with some of its signatures, by number."""
    copied = etree.fromstring(etree.tostring(root))
    for number, signature in enumerate(_signatures(copied)):
        if number not in kept:
            _remove(signature)
    return etree.tostring(copied)


def _remove(element: etree._Element) -> None:
    """Take an element out and leave the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "") or None
    else:
        parent.text = (parent.text or "") + (element.tail or "") or None
    parent.remove(element)


class _Verifier(XMLVerifier):
    """Verifies the signature of a number among several; the library would take the first."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def _get_signature(self, root: etree._Element) -> etree._Element:
        return _signatures(root)[self._number]

    def _c14n(
        self,
        nodes: etree._Element,
        algorithm: CanonicalizationMethod,
        inclusive_ns_prefixes: list[str] | None = None,
    ) -> bytes:
        """libxml2 puts `xmlns=""` into a part whose namespace its parent declares, as most signers do.

        Only what is signed about the signature is mended: in the message such a mark would hide an element.
        """
        canonical: bytes = super()._c14n(nodes, algorithm, inclusive_ns_prefixes)
        is_signed_info = getattr(nodes, "tag", None) == f"{_DS}SignedInfo"
        return canonical.replace(b' xmlns=""', b"") if is_signed_info else canonical


def _verified_key(document: bytes, number: int, certificate: x509.Certificate | None) -> bytes | None:
    """The public key (PEM) that a signature holds with; None when it does not hold.

    Whether the certificate is in date belongs to trust: the arithmetic is done at a moment when it was.
    """
    asked = SignatureConfiguration(
        require_x509=certificate is not None,
        location="./",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=frozenset(DigestAlgorithm),
        verification_time=certificate.not_valid_before_utc if certificate else None,
    )
    try:
        verified = _Verifier(number).verify(document, x509_cert=certificate, expect_config=asked)
    except _BROKEN:
        return None
    return verified.signature_key if isinstance(verified, VerifyResult) else None


def _is_weak(signature: etree._Element) -> bool:
    named = [
        signature.find(f"{_DS}SignedInfo/{_DS}SignatureMethod"),
        signature.find(f"{_DS}SignedInfo/{_DS}Reference/{_DS}DigestMethod"),
    ]
    return any(element is None or "sha1" in element.get("Algorithm", "") for element in named)


def _whose(certificate: x509.Certificate | None) -> tuple[str, str]:
    """Subject and SHA-256 fingerprint of a certificate, empty for none."""
    if certificate is None:
        return "", ""
    return certificate.subject.rfc4514_string(), certificate.fingerprint(hashes.SHA256()).hex()

"""Signatures: what holds, whom is trusted, and that nothing is dropped for lack of either."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from emergency.cap.reading import read
from emergency.cap.signing import (
    BadSigningKey,
    NothingToSign,
    SignatureState,
    SigningKey,
    Trusted,
    make_key,
    sign,
    verify,
)
from emergency.cap.writing import write
from tests.cap.alerts import SCHEMA, SENT, WARNING

OURS = make_key("宝鸡市应急管理局", SENT)
OTHER = make_key("somebody", SENT)
DOCUMENT = write(WARNING)
SIGNED = sign(DOCUMENT, OURS)
TRUST = Trusted(WARNING.sender, OURS.certificate_pem)
LATER = SENT + timedelta(days=3000)
DS = "http://www.w3.org/2000/09/xmldsig#"
CHANGED = SIGNED.replace("快速上涨".encode(), "缓慢下降".encode())


class _Old(XMLSigner):
    """Signs as systems did before SHA-1 was broken."""

    def check_deprecated_methods(self) -> None:
        pass


def signed_by_sha1() -> bytes:
    old = _Old(signature_algorithm=SignatureMethod.RSA_SHA1, digest_algorithm=DigestAlgorithm.SHA1)
    signed = old.sign(etree.fromstring(DOCUMENT), key=OURS.private_pem, cert=[OURS.certificate_pem.decode()])
    return etree.tostring(signed)


def signed_without_certificate(*, drops_key: bool) -> bytes:
    root = XMLSigner().sign(etree.fromstring(DOCUMENT), key=OURS.private_pem)
    if drops_key:
        info = root.find(f"{{{DS}}}Signature/{{{DS}}}KeyInfo")
        info.getparent().remove(info)
    return etree.tostring(root)


def signed_in_part() -> bytes:
    root = etree.fromstring(DOCUMENT)
    root.find("{*}info").set("Id", "one")
    return etree.tostring(XMLSigner().sign(root, key=OURS.private_pem, reference_uri="#one"))


def signed_by_hand() -> bytes:
    """As the usual Java signers do it: default namespace, inclusive canonical form; no library of ours."""
    canonical = etree.tostring(etree.fromstring(DOCUMENT), method="c14n")
    told = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    signed_info = (
        f'<SignedInfo xmlns="{DS}"><CanonicalizationMethod'
        ' Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></CanonicalizationMethod><SignatureMethod'
        ' Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod><Reference URI="">'
        f'<Transforms><Transform Algorithm="{DS}enveloped-signature"></Transform></Transforms><DigestMethod'
        ' Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>'
        f"<DigestValue>{told}</DigestValue></Reference></SignedInfo>"
    )
    key = serialization.load_pem_private_key(OURS.private_pem, None)
    value = base64.b64encode(key.sign(signed_info.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    signature = f'<Signature xmlns="{DS}">{signed_info}<SignatureValue>{value}</SignatureValue></Signature>'
    signature = signature.replace(f'<SignedInfo xmlns="{DS}">', "<SignedInfo>")
    return DOCUMENT.replace(b"</alert>", f"{signature}</alert>".encode())


def hidden(document: bytes) -> bytes:
    """The measures taken out of their namespace, so that no reader of CAP sees them."""
    return document.replace(b"<instruction>", b'<instruction xmlns="">')


BARE, KEYLESS = signed_without_certificate(drops_key=False), signed_without_certificate(drops_key=True)
GARBLED = SIGNED.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA")
NO_CERTIFICATE = SIGNED.replace(b"<ds:X509Certificate>", b"<ds:X509Certificate>!!")
STATES = [
    (DOCUMENT, [TRUST], SENT, "unsigned", "", "nobody signed"),
    (SIGNED, [TRUST], SENT, "valid_trusted", "trusted", "the sender's certificate is known"),
    (SIGNED, [], SENT, "valid_untrusted", "unknown_certificate", "nobody is known"),
    (SIGNED, [replace(TRUST, sender="x")], SENT, "valid_untrusted", "of_another_sender", "in another's name"),
    (SIGNED, [TRUST], LATER, "valid_untrusted", "certificate_out_of_date", "years later"),
    (SIGNED, [TRUST], SENT - timedelta(days=9), "valid_untrusted", "certificate_out_of_date", "too early"),
    (SIGNED, [replace(TRUST, until=SENT)], SENT, "valid_untrusted", "certificate_out_of_date", "taken back"),
    (CHANGED, [TRUST], SENT, "invalid", "changed", "a word was changed on the way"),
    (GARBLED, [TRUST], SENT, "invalid", "changed", "the signature was changed on the way"),
    (NO_CERTIFICATE, [TRUST], SENT, "invalid", "unreadable", "a certificate that is none"),
    (signed_by_sha1(), [TRUST], SENT, "valid_untrusted", "weak_algorithm", "SHA-1 convinces nobody"),
    (BARE, [], SENT, "valid_untrusted", "unknown_certificate", "a bare key"),
    (BARE, [TRUST], SENT, "valid_trusted", "trusted", "a bare key we know"),
    (KEYLESS, [], SENT, "invalid", "no_key", "nothing to check with"),
    (KEYLESS, [TRUST], SENT, "valid_trusted", "trusted", "checked with ours"),
    (signed_by_hand(), [TRUST], SENT, "valid_trusted", "trusted", "signed without our library"),
    (hidden(SIGNED), [TRUST], SENT, "invalid", "changed", "the measures were hidden"),
    (hidden(signed_by_hand()), [TRUST], SENT, "invalid", "changed", "the measures were hidden again"),
    (signed_in_part(), [TRUST], SENT, "invalid", "not_whole", "only a part is signed"),
]


@pytest.mark.parametrize(
    ("document", "trust", "at", "state", "reason", "because"), STATES, ids=[row[5] for row in STATES]
)
def test_how_a_signature_stands(document, trust, at, state, reason, because):
    found = verify(document, trust, at)
    assert found.state == state
    assert [check.reason for check in found.signatures] == [reason] * bool(reason)
    assert read(document).alert is not None


def test_a_signed_document_still_obeys_the_schema():
    SCHEMA.assertValid(etree.fromstring(SIGNED))


def test_signing_changes_nothing_that_is_said():
    assert read(SIGNED).require() == WARNING


def test_space_that_a_gateway_adds_between_signatures_and_elements_is_a_change():
    assert verify(SIGNED.replace(b"<info>", b"\n<info>"), [TRUST], SENT).state is SignatureState.INVALID


def test_of_two_signatures_each_is_tried_alone():
    twice = sign(SIGNED, OTHER)
    found = verify(twice, [TRUST], SENT)
    assert [check.reason for check in found.signatures] == ["trusted", "unknown_certificate"]
    assert found.state is SignatureState.VALID_TRUSTED


def test_a_second_signature_does_not_save_a_changed_message():
    twice = sign(SIGNED, OTHER).replace("快速上涨".encode(), "缓慢下降".encode())
    assert {check.state for check in verify(twice, [TRUST], SENT).signatures} == {SignatureState.INVALID}


def test_somebody_signing_anew_is_not_us():
    stolen = sign(write(replace(WARNING, note="假的")), OTHER)
    assert verify(stolen, [TRUST], SENT).state is SignatureState.VALID_UNTRUSTED


def test_two_senders_in_one_message_are_no_sender():
    doubled = DOCUMENT.replace(b"<sent>", b"<sender>x</sender><sent>")
    assert verify(sign(doubled, OURS), [TRUST], SENT).state is SignatureState.VALID_UNTRUSTED


def issued() -> tuple[SigningKey, bytes]:
    """A key whose certificate an authority issued, and the authority's certificate."""
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    leaf_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("省厅", "市局")]
    made = [
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(names[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SENT - timedelta(days=1))
        .not_valid_after(SENT + timedelta(days=1))
        .sign(root_key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        for name, key in zip(names, (root_key, leaf_key), strict=True)
    ]
    private = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(private, made[1]), made[0]


def test_whom_a_trusted_authority_vouches_for_is_trusted():
    key, authority = issued()
    trust = [Trusted(WARNING.sender, authority, is_authority=True)]
    assert verify(sign(DOCUMENT, key), trust, SENT).state is SignatureState.VALID_TRUSTED


def test_an_authority_does_not_vouch_for_others():
    _, authority = issued()
    trust = [Trusted(WARNING.sender, authority, is_authority=True)]
    assert verify(SIGNED, trust, SENT).state is SignatureState.VALID_UNTRUSTED


KEYS = [
    (SigningKey(OURS.private_pem, OTHER.certificate_pem), "not a pair"),
    (SigningKey(b"x", OURS.certificate_pem), "no key"),
    (SigningKey(OURS.private_pem, b"x"), "no certificate"),
]


@pytest.mark.parametrize(("key", "because"), KEYS, ids=[row[1] for row in KEYS])
def test_a_key_that_does_not_fit_is_refused(key: SigningKey, because: str):
    with pytest.raises(BadSigningKey):
        sign(DOCUMENT, key)


def test_only_messages_are_signed():
    with pytest.raises(NothingToSign):
        sign(b"<feed/>", OURS)


def test_the_private_key_is_never_shown():
    assert "PRIVATE" not in repr(OURS)

"""What is done to the list of trusted senders, one transaction each."""

from dataclasses import dataclass
from datetime import datetime

from cases.rules.deciding import Asking
from emergency.cap.certificates import read_certificate
from emergency.cap.checking import is_name
from emergency.rules.incidents import need_words
from emergency.sources import store
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, NotFound


class TrustTaken(Conflict):
    """The certificate is trusted for that sender already."""

    code = "warning_trust_taken"


class TrustNotFound(NotFound):
    """There is no such certificate, or it was withdrawn already."""

    code = "warning_trust_not_found"


class BadTrust(BadInput):
    """A name that no sender has, our own, or trust that ends before it begins."""

    code = "bad_warning_trust"


@dataclass(frozen=True, slots=True)
class Asked:
    """A certificate in PEM and for whom it is to speak; with `is_authority` what it issued speaks, too."""

    name: str
    sender: str
    certificate: str
    is_authority: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """The operations on trusted senders; `own_sender` is ours, for which nobody else's certificate speaks."""

    sessions: Sessions
    own_sender: str

    def add(self, asked: Asked, asking: Asking) -> None:
        """Believe a certificate for a sender, from the next message on.

        :raises IncidentWordsMissing, BadCertificate, BadTrust, TrustTaken: nothing is written then.
        """
        name = need_words(asked.name, "名称", most=120)
        sender = need_words(asked.sender, "发送者标识", most=200)
        if not is_name(sender):
            raise BadTrust(
                "发送者标识里不能有空格、逗号、& 和 <，请照消息里的 sender 填写。", fields=["sender"]
            )
        if sender == self.own_sender:
            raise BadTrust("这是本系统自己的发送者标识，不能交给别的证书。")
        if asked.until is not None and asked.until <= asking.at:
            raise BadTrust("信任的截止时间已经过去。请改正，或留空为证书的有效期。", fields=["until"])
        certificate = read_certificate(asked.certificate, asking.at)
        with self.sessions.begin() as session:
            is_new = store.add_trust(
                session,
                certificate,
                asking,
                name=name,
                sender=sender,
                is_authority=asked.is_authority,
                until=asked.until,
            )
            if not is_new:
                raise TrustTaken("这张证书已经为这个发送者列入信任。")

    def withdraw(self, trust_id: int, why: str, asking: Asking) -> None:
        """Believe a certificate no more; messages that came before keep how they stood then.

        :raises IncidentWordsMissing, TrustNotFound: nothing is written then.
        """
        words = need_words(why, "撤销信任的原因", most=300)
        with self.sessions.begin() as session:
            if not store.withdraw_trust(session, trust_id, words, asking):
                raise TrustNotFound("没有这张证书，或者已经撤销。请刷新后查看。")

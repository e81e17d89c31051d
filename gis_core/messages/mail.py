"""E-mail by SMTP, with TLS unless the server is told to be spoken to in the clear."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import unquote, urlsplit

from gis_core.errors import BadInput
from gis_core.messages.sending import Message, NotSent

Security = Literal["starttls", "tls", "plain"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("plain", 25),
}
TIMEOUT_S = 20.0
_STOP_WORDS = {"zh": "不再接收", "en": "Stop these messages"}


class BadMailServer(BadInput):
    """The address of a mail server that cannot be read."""

    code = "bad_mail_server"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server and who writes through it; the password is in no representation."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def at(cls, url: str, sender: str) -> "Mail":
        """The server of `smtp://user:password@host:port` (STARTTLS), `smtps://` or `smtp+plain://` (no TLS).

        :raises BadMailServer: for anything else, or without a sender.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname or "@" not in sender:
            raise BadMailServer(
                "邮件服务器应写成 smtp://用户:密码@主机:端口（STARTTLS）、smtps:// 或 smtp+plain://，"
                "并设置发件人 CITYGRID_MAIL_FROM。"
            )
        security, port = _SCHEMES[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, parts.port or port, security, sender, user, password)

    def send(self, message: Message) -> str:
        """Send one e-mail; answers the code of the server."""
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(self._written(message))
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = {code for code, _ in refusal.recipients.values()}
            raise NotSent(f"SMTP {min(codes)}", is_for_good=min(codes) >= 500) from None
        except smtplib.SMTPResponseException as refusal:
            is_ours = isinstance(refusal, smtplib.SMTPAuthenticationError)
            final = refusal.smtp_code >= 500 and not is_ours
            raise NotSent(f"SMTP {refusal.smtp_code} {type(refusal).__name__}", is_for_good=final) from None
        except (smtplib.SMTPException, OSError) as problem:
            raise NotSent(type(problem).__name__) from None
        return "SMTP 250"

    def _connect(self) -> smtplib.SMTP:
        trust = self.trust or ssl.create_default_context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=trust)
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
        if self.security == "starttls":
            try:
                server.starttls(context=trust)
            except BaseException:
                server.close()
                raise
        return server

    def _written(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(message.title.split())
        mail["From"], mail["To"] = self.sender, message.to
        mail["Message-ID"] = f"<{message.id}@{self.sender.rpartition('@')[2].strip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        parts = [message.text, message.link]
        if message.stop_link:
            mail["List-Unsubscribe"] = f"<{message.stop_link}>"
            parts.append(f"{_STOP_WORDS.get(message.language, _STOP_WORDS['zh'])}: {message.stop_link}")
        mail.set_content("\n\n".join(part for part in parts if part) + "\n")
        return mail

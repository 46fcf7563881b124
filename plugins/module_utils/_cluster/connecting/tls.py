# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS context of a connection: trusted CAs, client certificate, verification.

Made once for the whole pool: urllib3 would read the files again for each of the drain's connections, and the loader's
files are gone by then.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import ssl
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable


def context(configuration: Any) -> ssl.SSLContext:
    """A client context from ``verify_ssl``, ``ssl_ca_cert``, ``ca_cert_data``, ``cert_file``, ``key_file``.

    ``VERIFY_X509_STRICT``, which Python 3.13 turns on in its default context, stays off: the CAs of many clusters lack
    the extensions it asks for, and kubectl accepts them.

    Raises:
        Unreachable: ``connection.file-unreadable`` or ``connection.certificate-invalid``.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not configuration.verify_ssl:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    else:
        if configuration.assert_hostname is False:
            made.check_hostname = False
        _trust(made, configuration)
    if configuration.cert_file:
        _identify(made, configuration.cert_file, configuration.key_file)
    return made


def _trust(made: ssl.SSLContext, configuration: Any) -> None:
    data = getattr(configuration, "ca_cert_data", None)
    if not configuration.ssl_ca_cert and not data:
        made.load_default_certs()
        return
    try:
        made.load_verify_locations(cafile=configuration.ssl_ca_cert or None, cadata=data or None)
    except ssl.SSLError as error:
        raise _invalid(f"The CA certificate {configuration.ssl_ca_cert} is no PEM certificate.") from error
    except OSError as error:
        raise _unreadable("CA certificate", configuration.ssl_ca_cert, error) from error


def _identify(made: ssl.SSLContext, cert_file: str, key_file: str | None) -> None:
    for what, path in (("client certificate", cert_file), ("client key", key_file)):
        if path:
            try:
                with open(path, "rb"):
                    pass
            except OSError as error:
                raise _unreadable(what, path, error) from error
    try:
        # Without a password the library would ask for one on the terminal and wait.
        made.load_cert_chain(cert_file, key_file, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError) as error:
        raise _invalid(
            f"The client certificate {cert_file} and its key are no usable pair (encrypted keys are not supported)."
        ) from error


def _unreadable(what: str, path: str, error: OSError) -> Unreachable:
    return Unreachable(
        "connection.file-unreadable",
        f"The {what} {path} cannot be read: {error.strerror or 'input/output error'}.",
        "Check the path and its permissions on the machine that runs the task.",
    )


def _invalid(message: str) -> Unreachable:
    return Unreachable("connection.certificate-invalid", message, "Give a PEM file.")

# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects to a cluster. The only file that imports ``kubernetes``.

The library's own loader reads kubeconfigs and runs their exec plugins, so that whatever ``kubectl`` can log in to works
here, and renews tokens; everything after that is raw JSON over one urllib3 pool (typed models and the generated client
cost most of a second to import). Decides nothing about requests: that is ``rest.py``.

Order of sources: options and environment (``settings.py``), the kubeconfig, the pod's service account.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.outages import public_url
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Transport
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting import (
    credentials,
    kubeconfig,
    tls,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import kubeconfig_secrets
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.settings import (
    ConnectionSettings,
    resolve,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable

POOL_SIZE = 32


def connect(
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    user_agent: str,
    request_timeout_s: float | None = None,
) -> Api:
    """Find the cluster and the identity. Sends nothing yet, except what an exec plugin or OIDC renewal sends.

    Args:
        options: The task's connection options (``options.py``); other keys are ignored.
        environ: The task's environment.
        user_agent: ``guardrail.kubernetes/<version> (<action>)``.
        request_timeout_s: Instead of the option ``request_timeout``.

    Raises:
        InvalidRequest: An option of the wrong kind.
        Unreachable: No cluster named, no usable kubeconfig or credential, or the library is missing.
    """
    settings = resolve(options, environ)
    library = _library()
    with tempfile.TemporaryDirectory(prefix="guardrail-") as private:
        found = _load(library, settings, environ, private)
        # Certificates are in memory after this; the files that the loader made for them go away with the directory.
        pool = _pool(library, found, settings)
    user, groups = settings.impersonate_user, settings.impersonate_groups
    if not user and found.context is not None:
        user, groups = found.context.impersonation
    headers = [("Impersonate-User", user)] if user else []
    headers += [("Impersonate-Group", group) for group in groups]
    transport = Transport(
        pool,
        found.configuration.host,
        authorization=credentials.authorization(found.configuration, settings, library.errors),
        headers=headers,
        secrets=_secrets(settings, found),
    )
    timeout_s = settings.request_timeout_s if request_timeout_s is None else request_timeout_s
    return Api(transport, user_agent=user_agent, request_timeout_s=timeout_s)


class _Library:
    """The parts of the Kubernetes library that are used, imported once (0.2 s)."""

    def __init__(self) -> None:
        import urllib3
        import yaml
        from kubernetes.client.configuration import Configuration
        from kubernetes.client.exceptions import OpenApiException
        from kubernetes.client.rest import should_bypass_proxies
        from kubernetes.config import incluster_config, kube_config
        from kubernetes.config.config_exception import ConfigException
        from oauthlib.oauth2 import OAuth2Error

        self.urllib3 = urllib3
        self.new_configuration = Configuration
        self.should_bypass_proxies = should_bypass_proxies
        self.incluster = incluster_config
        self.kube_config = kube_config
        self.yaml_error = yaml.YAMLError
        # Whatever loading or renewing a credential may raise, the errors of malformed data included.
        self.errors: tuple[type[Exception], ...] = (
            ConfigException,
            OpenApiException,
            OAuth2Error,
            urllib3.exceptions.HTTPError,
            yaml.YAMLError,
            OSError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
        )


class _Found:
    """Where the cluster is: the library's configuration, and the kubeconfig's context if one was read."""

    def __init__(self, configuration: Any) -> None:
        self.configuration = configuration
        self.context: kubeconfig.KubeconfigContext | None = None


def _library() -> _Library:
    try:
        return _Library()
    except ImportError as error:
        raise Unreachable(
            "connection.client-missing",
            f"The Python library kubernetes cannot be imported by {sys.executable}.",
            f"Install it there: {sys.executable} -m pip install kubernetes.",
        ) from error


def _load(library: _Library, settings: ConnectionSettings, environ: Mapping[str, str], private: str) -> _Found:
    found = _Found(library.new_configuration())
    if settings.needs_kubeconfig:
        source = settings.kubeconfig or _default_kubeconfig(environ)
        if source is None:
            _load_service_account(library, found, environ)
        else:
            _load_kubeconfig(library, found, settings, source, private)
    configuration = found.configuration
    if settings.has_credential:
        credentials.forget(configuration)
    if settings.host:
        configuration.host = settings.host
    if settings.validate_certs is not None:
        configuration.verify_ssl = settings.validate_certs
    if settings.ca_cert:
        configuration.ssl_ca_cert = settings.ca_cert
    if settings.client_cert:
        configuration.cert_file, configuration.key_file = settings.client_cert, settings.client_key
    if settings.proxy:
        configuration.proxy = settings.proxy
    if settings.no_proxy:
        configuration.no_proxy = settings.no_proxy
    return found


def _default_kubeconfig(environ: Mapping[str, str]) -> str | None:
    home = environ.get("HOME") or os.path.expanduser("~")
    path = os.path.join(home, ".kube", "config")
    return path if os.path.isfile(path) else None


def _load_service_account(library: _Library, found: _Found, environ: Mapping[str, str]) -> None:
    incluster = library.incluster
    try:
        incluster.InClusterConfigLoader(
            token_filename=incluster.SERVICE_TOKEN_FILENAME,
            cert_filename=incluster.SERVICE_CERT_FILENAME,
            environ=environ,
        ).load_and_set(found.configuration)
    except library.errors as error:
        raise Unreachable(
            "connection.no-cluster",
            "No cluster is named: no kubeconfig was found and this is not a pod with a service account.",
            "Set kubeconfig, or host with api_key, or the environment variable K8S_AUTH_KUBECONFIG or KUBECONFIG.",
        ) from error


def _load_kubeconfig(
    library: _Library, found: _Found, settings: ConnectionSettings, source: str | Mapping[str, Any], private: str
) -> None:
    config, label, persist = _read_kubeconfig(library, source)
    plain = getattr(config, "value", config)
    found.context = kubeconfig.select_context(plain, settings.context, label)
    with credentials.loader_complaints() as complaints:
        try:
            library.kube_config.KubeConfigLoader(
                config_dict=config,
                active_context=found.context.name,
                config_base_path=None,
                config_persister=persist if settings.persist_config else None,
                temp_file_path=private,
            ).load_and_set(found.configuration)
        except library.errors as error:
            raise credentials.load_failure(error, label, found.context) from error
    if not settings.has_credential:
        credentials.check_exec_plugin(found.configuration, found.context, complaints)


def _read_kubeconfig(library: _Library, source: str | Mapping[str, Any]) -> tuple[Any, str, Any]:
    """The kubeconfig as the loader wants it, its name for messages, and what writes changes back."""
    if not isinstance(source, str):
        return credentials.deep_plain(source), "The given kubeconfig", None
    label = f"The kubeconfig {source}"
    try:
        merger = library.kube_config.KubeConfigMerger(source)
    except OSError as error:
        raise Unreachable(
            "connection.kubeconfig-unreadable",
            f"{label} cannot be read: {error.strerror or 'input/output error'}.",
            "Check the path and its permissions for the user who runs the task.",
        ) from error
    except library.yaml_error as error:
        mark = getattr(error, "problem_mark", None)
        raise kubeconfig.invalid(label, f"it is not YAML{f', line {mark.line + 1}' if mark else ''}") from error
    except library.errors as error:
        raise kubeconfig.invalid(label, "it is empty or not a mapping of clusters, contexts and users") from error
    if merger.config is None:
        raise Unreachable(
            "connection.kubeconfig-missing",
            f"{label} does not exist.",
            "Check the path on the machine that runs the task, or set another kubeconfig.",
        )
    return merger.config, label, merger.save_changes


def _pool(library: _Library, found: _Found, settings: ConnectionSettings) -> Any:
    configuration = found.configuration
    arguments: dict[str, Any] = {"maxsize": POOL_SIZE, "block": False}
    if configuration.host.startswith("https://"):
        arguments["ssl_context"] = tls.context(configuration)
        if not configuration.verify_ssl:
            # Asked for explicitly: no news to the user, and a line for each request on stderr.
            library.urllib3.disable_warnings(library.urllib3.exceptions.InsecureRequestWarning)
        server_name = getattr(configuration, "tls_server_name", None)
        if server_name:
            arguments["server_hostname"] = server_name
    proxy = configuration.proxy
    if not proxy or library.should_bypass_proxies(configuration.host, configuration.no_proxy or ""):
        return library.urllib3.PoolManager(**arguments)
    try:
        if proxy.startswith(("socks4", "socks5")):
            from urllib3.contrib.socks import SOCKSProxyManager

            return SOCKSProxyManager(proxy, **arguments)
        headers = credentials.proxy_headers(library.urllib3, settings) or configuration.proxy_headers
        return library.urllib3.ProxyManager(proxy, proxy_headers=headers, **arguments)
    except (ImportError, library.urllib3.exceptions.HTTPError, ValueError) as error:
        raise Unreachable(
            "connection.proxy-failed",
            f"The proxy {public_url(proxy)} cannot be used.",
            "Check the option proxy; a SOCKS proxy needs the Python library PySocks.",
        ) from error


def _secrets(settings: ConnectionSettings, found: _Found) -> list[str]:
    secrets = [settings.api_key, settings.password]
    secrets += [value.split(" ", 1)[-1] for value in found.configuration.api_key.values() if value]
    if found.context is not None:
        secrets += list(kubeconfig_secrets(found.context.user))
    return secrets

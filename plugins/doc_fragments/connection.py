# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the connection options; their types stand in ``module_utils/_cluster/connecting/options.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """``extends_documentation_fragment: guardrail.kubernetes.connection``"""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Which kubeconfig to use. Either a path on the machine that runs the task, several paths with colons between
        them, or a whole kubeconfig given inline as a mapping.
      - Unset, the environment variables E(K8S_AUTH_KUBECONFIG) and then E(KUBECONFIG) are looked at, then
        C(~/.kube/config), then the service account of the pod that the task runs in.
      - Credential plugins (C(exec)) and C(as)/C(as-groups) in it are honoured.
    type: raw
  context:
    description:
      - Name of the context in the kubeconfig; unset, its current context.
      - Falls back to the environment variable E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description:
      - URL of the API server, such as V(https://cluster.example.com:6443).
      - Together with a credential (O(api_key), or O(username) with O(password), or O(client_cert) with O(client_key))
        no kubeconfig is read. Without one, and without a kubeconfig named by O(kubeconfig) or O(context), requests
        carry no credential, since those of the default kubeconfig are meant for another server.
      - Falls back to the environment variable E(K8S_AUTH_HOST).
    type: str
  api_key:
    description:
      - Bearer token. It replaces every credential of the kubeconfig.
      - Falls back to the environment variable E(K8S_AUTH_API_KEY).
    type: str
  username:
    description:
      - User name for HTTP basic authentication, which needs a proxy in front of the API server that understands it.
      - Falls back to the environment variable E(K8S_AUTH_USERNAME).
    type: str
  password:
    description:
      - Password that goes with O(username).
      - Falls back to the environment variable E(K8S_AUTH_PASSWORD).
    type: str
  validate_certs:
    description:
      - Whether the certificate of the API server has to be valid.
      - Unset, the kubeconfig says so, and without one it has to be.
      - Falls back to the environment variables E(K8S_AUTH_VALIDATE_CERTS) and then E(K8S_AUTH_VERIFY_SSL).
    type: bool
    aliases: [verify_ssl]
  ca_cert:
    description:
      - Path of the certificate authority that signed the API server's certificate, as PEM.
      - Falls back to the environment variables E(K8S_AUTH_CA_CERT) and then E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description:
      - Path of a client certificate, as PEM.
      - Falls back to the environment variables E(K8S_AUTH_CLIENT_CERT) and then E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
  client_key:
    description:
      - Path of the key that goes with O(client_cert), as PEM and not encrypted.
      - Falls back to the environment variables E(K8S_AUTH_CLIENT_KEY) and then E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
  proxy:
    description:
      - URL of an HTTP proxy, or of a SOCKS proxy when the Python library PySocks is installed.
      - Falls back to the environment variable E(K8S_AUTH_PROXY), then to the kubeconfig's C(proxy-url) and to
        E(HTTPS_PROXY).
    type: str
  no_proxy:
    description:
      - Host names, domains and networks that are reached without the proxy, with commas between them.
      - Falls back to the environment variable E(K8S_AUTH_NO_PROXY), then to E(NO_PROXY).
    type: str
  proxy_headers:
    description:
      - Headers for the proxy.
    type: dict
    suboptions:
      proxy_basic_auth:
        description:
          - Credential for the proxy, as C(user:password).
          - Falls back to the environment variable E(K8S_AUTH_PROXY_HEADERS_PROXY_BASIC_AUTH).
        type: str
      basic_auth:
        description:
          - Value for an C(authorization) header, as C(user:password).
          - Falls back to the environment variable E(K8S_AUTH_PROXY_HEADERS_BASIC_AUTH).
        type: str
      user_agent:
        description:
          - Name that the client gives itself to the proxy.
          - Falls back to the environment variable E(K8S_AUTH_PROXY_HEADERS_USER_AGENT).
        type: str
  persist_config:
    description:
      - Whether a token that had to be renewed is written back to the kubeconfig file. Off unless asked for.
      - Falls back to the environment variable E(K8S_AUTH_PERSIST_CONFIG).
    type: bool
  impersonate_user:
    description:
      - User to act as; the policies judge that user.
      - Falls back to the environment variable E(K8S_AUTH_IMPERSONATE_USER).
    type: str
  impersonate_groups:
    description:
      - Groups to act as a member of, together with O(impersonate_user).
      - Falls back to the environment variable E(K8S_AUTH_IMPERSONATE_GROUPS), with commas between the names.
    type: list
    elements: str
  request_timeout:
    description:
      - Seconds that one request to the API server may take, repetitions included; 30 when nothing is set.
      - Falls back to the environment variable E(K8S_AUTH_REQUEST_TIMEOUT).
    type: float
requirements:
  - kubernetes >= 24.2.0 (Python library, on the machine that runs the task)
"""

# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One real node: kubelet, containerd and runc in network, mount and process namespaces of their own.

Nothing of it is visible on the machine but processes, files of the cluster's directory and cgroups of one name:

- The node's network is joined to nothing. Two kinds of connections cross its border, both carried by ``relay``: from
  the node and its pods to the Service ``kubernetes`` (10.96.0.1:443), and from the API server to the node and its pods,
  through the HTTP CONNECT proxy that the API server is told to use for them (its egress selector). There is no
  kube-proxy and no DNS: no other Service has an address that answers.
- Mounts, the bridge ends of the pods and every process vanish with the namespaces, and those with their first process,
  however it ends. The cgroups are removed by whoever ends the cluster, or starts the next one.

``supervisor`` runs outside, ``init`` is the first process inside, ``settings`` what both agree on.
"""

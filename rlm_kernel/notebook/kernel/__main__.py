"""Starts the kernel, as the kernelspec says: `python -m rlm_kernel.notebook.kernel -f CONNECTION_FILE`."""

from __future__ import annotations

from ...api.loading import without_collections

with without_collections():
    from ipykernel.kernelapp import IPKernelApp

    from .kernel import RLMKernel

IPKernelApp.launch_instance(kernel_class=RLMKernel)

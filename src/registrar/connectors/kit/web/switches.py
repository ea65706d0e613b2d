"""Chromium's command line: what a form needs of a browser, and nothing of what a person does."""

from __future__ import annotations

from typing import Literal

Sandbox = Literal["auto", "on", "off"]
"""Whether Chromium holds each page in one: the browser's word, and no simulated manufacturer."""
HEAP = 256
"""MiB of each page's scripts."""
MOUSE = "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"
"""Playwright's own settings, which ours would take the place of."""
OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)
"""The features that Playwright turns off: Chromium heeds one list alone, the last."""
ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""What opens below the address bar, drawn by two renderers a page: half the work of a form."""


def switches() -> list[str]:
    """What Chromium is started with, beside what Playwright says."""
    return [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--no-first-run",
        # Not by routes: they make each request a round trip, and turn the cache off.
        f"--blink-settings={MOUSE},imagesEnabled=false",
        "--disable-remote-fonts",
        f"--js-flags=--max-old-space-size={HEAP}",
        f"--disable-features={','.join(OFF + ADDRESS_BAR)}",
        # A context's proxy looks names up, of what a page only announces to want as well.
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        # No proxy sees what goes by UDP. Once it was called otherwise.
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    ]

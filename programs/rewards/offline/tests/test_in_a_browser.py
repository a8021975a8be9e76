"""The reference till in a real browser, with its network off: it redeems, refuses, and settles when it is back."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from loyalty import clock
from loyalty.testing.chromium import chromium as chromium
from programs.rewards.models import VoucherUse
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.tests.counter import ago, register, shown, verdicts, voucher
from programs.rewards.qr import keys

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NO_LINE = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
LINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


@pytest.fixture(autouse=True)
def fresh_counters(transactional_db):
    cache.clear()
    keys.forget()


@pytest.fixture
def browser(chromium, live_server):
    chromium.get(f"{live_server.url}/till")
    return chromium


def find(browser, selector: str):
    from selenium.webdriver.common.by import By

    return browser.find_element(By.CSS_SELECTOR, selector)


def texts(browser, selector: str) -> list[str]:
    """What these parts of the page say, read at once: the page may draw them anew."""
    read = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
    return browser.execute_script(read, selector)


def wait(browser, until):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 20).until(lambda _: until())


def has_line(browser, is_on: bool) -> None:
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", LINE if is_on else NO_LINE)


def open_till(browser, key: str) -> None:
    """Registers the till, and waits until its page is kept."""
    wait(browser, lambda: find(browser, "#register").is_displayed())
    for field, text in {"name": "Counter 1", "api-key": key}.items():
        find(browser, f"#{field}").send_keys(text)
    find(browser, "#register button").click()
    wait(browser, lambda: find(browser, "#scan").is_displayed())
    browser.execute_async_script("navigator.serviceWorker.ready.then(() => arguments[0]())")
    wait(browser, lambda: browser.execute_script("return Boolean(navigator.serviceWorker.controller)"))


def take(browser, token: str, *, amount: str = "12.50") -> str:
    """Types a code as a hand scanner does, and says what the page answers."""
    browser.execute_script("document.getElementById('result').textContent = ''")
    find(browser, "#amount").clear()
    find(browser, "#amount").send_keys(amount)
    find(browser, "#code").clear()
    find(browser, "#code").send_keys(token + "\n")
    return wait(browser, lambda: texts(browser, "#result h3")[0] if texts(browser, "#result h3") else None)


def said(browser) -> str:
    return texts(browser, "#result")[0]


def test_three_vouchers_are_redeemed_off_line_and_settled_once(browser, cafe_key, beans):
    codes = [shown(voucher(beans)) for _ in range(3)]
    over = shown(voucher(beans), at=ago(minutes=5))
    open_till(browser, cafe_key)
    has_line(browser, is_on=False)
    browser.refresh()
    wait(browser, lambda: browser.execute_script("return document.documentElement.dataset.isReady"))

    assert [take(browser, code) for code in codes] == ["Redeem it"] * 3
    assert take(browser, codes[1]) == "Do not redeem it"
    assert "taken this code before (number 2)" in said(browser)
    assert take(browser, over) == "Do not redeem it"
    assert "Over since" in said(browser)
    assert find(browser, "#line").text.startswith("Off line")
    assert texts(browser, "#queue .state") == ["Waiting"] * 3
    assert not VoucherUse.objects.exists()

    has_line(browser, is_on=True)
    find(browser, "#sync").click()
    wait(browser, lambda: texts(browser, "#queue .state") == ["Accepted"] * 3)
    assert VoucherUse.objects.count() == 3
    assert [scan.sequence for scan in OfflineScan.objects.all()] == [1, 2, 3]
    assert all(line.endswith("5.00 EUR off.") for line in texts(browser, "#queue .why"))
    assert find(browser, "#line").text == "On line"

    # The page forgets the verdicts, as if the answer had been lost, and brings the same once more.
    browser.execute_async_script(
        "const done = arguments[0];"
        "TillKeeping.queue().then((all) => TillKeeping.judge(all.map((one) => ({...one, verdict: null})))).then(done)"
    )
    find(browser, "#sync").click()
    wait(browser, lambda: texts(browser, "#sync-result") == ["Synced 3."])
    assert texts(browser, "#queue .state") == ["Accepted"] * 3
    assert (VoucherUse.objects.count(), OfflineScan.objects.count()) == (3, 3)


def test_codes_that_are_not_good_are_refused_without_a_line(browser, cafe_key, beans, ana_beans, settings):
    good = shown(voucher(beans))
    member = shown(voucher(beans), purpose="member", subject=ana_beans.pk)
    other = shown(voucher(beans), audience="bistro")
    early = shown(voucher(beans), at=clock.now() + timedelta(minutes=5))
    at = len(good) // 2
    damaged = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
    open_till(browser, cafe_key)
    has_line(browser, is_on=False)

    for code, why in (
        ("LY2:ABC", "not one of our codes"),
        ("LY1:ABC", "not one of our codes"),
        (member, "Not the code of a voucher"),
        (other, "another brand"),
        (early, "Not valid yet"),
    ):
        assert take(browser, code) == "Do not redeem it"
        assert why in said(browser), code
    assert take(browser, damaged) == "Do not redeem it"
    assert take(browser, good) == "Redeem it"
    assert len(texts(browser, "#queue li")) == 1


def test_a_voucher_used_elsewhere_meanwhile_is_told(browser, api, cafe_key, beans):
    mine = voucher(beans)
    mine_here, mine_there = shown(mine), shown(mine)
    open_till(browser, cafe_key)
    has_line(browser, is_on=False)
    assert take(browser, mine_here) == "Redeem it"
    assert verdicts(api, register(api).scan(mine_there)) == [("accepted", None)]

    has_line(browser, is_on=True)

    wait(browser, lambda: texts(browser, "#queue .state") == ["Used elsewhere"])
    till = TillDevice.objects.get(last_sequence=1, scans__verdict="already_used")
    assert till.scans.get().loss_minor == 500


def test_a_wrong_server_key_is_told(browser, cafe):
    wait(browser, lambda: find(browser, "#register").is_displayed())
    find(browser, "#name").send_keys("Counter 1")
    find(browser, "#api-key").send_keys("lk_nothing")
    find(browser, "#register button").click()

    wait(browser, lambda: texts(browser, "#setup-result h3") == ["Not registered"])
    assert not TillDevice.objects.exists()

"""What a brand's provider must never do: speak for people of another brand, operators or members, or be believed
without proof."""

import json
import time
from types import SimpleNamespace

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client, RequestFactory

from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Person, Staff
from loyalty.identity.signin.visits import visitor
from loyalty.identity.signon.tests.visits import NINA, back_from, come, go, is_in, make_sign_on
from loyalty.identity.signon.tests.visits import provider as provider
from loyalty.identity.signon.tests.visits import sign_on as sign_on
from loyalty.testing.openid_provider import running_provider

PASSWORD = "correct horse battery"


def refused(answer) -> bool:
    return answer.status_code in (401, 403) and "_auth_user_id" not in answer.client.session


def person(email, **fields):
    return Person.objects.create_user(email, PASSWORD, **fields)


class TestWhomItMayNotBe:
    def test_somebody_of_another_brand(self, sign_on, bistro):
        cook = person("nina@cafe.example")
        Staff.objects.create(person=cook, brand=bistro, role="admin")

        assert refused(come()[1])
        assert not SocialAccount.objects.exists()
        assert not cook.posts.filter(brand=sign_on.brand).exists()

    def test_an_operator(self, sign_on, cafe):
        person("nina@cafe.example", is_operator=True)

        assert refused(come()[1])

    def test_an_operator_who_has_a_post_at_the_brand(self, sign_on, cafe):
        operator = person("nina@cafe.example", is_operator=True)
        Staff.objects.create(person=operator, brand=cafe, role="admin")

        assert refused(come()[1])
        assert not SocialAccount.objects.exists()

    def test_a_member(self, sign_on, ana):
        ana.person.email = "nina@cafe.example"
        ana.person.save()

        assert refused(come()[1])

    def test_somebody_whose_post_at_the_brand_has_ended(self, sign_on, cafe):
        left = person("nina@cafe.example")
        Staff.objects.create(person=left, brand=cafe, role="admin", is_active=False)

        assert refused(come()[1])

    def test_somebody_who_was_switched_off(self, sign_on):
        come()
        Person.objects.update(is_active=False)

        assert refused(come()[1])
        assert Person.objects.count() == 1

    def test_somebody_who_became_an_operator_since(self, sign_on):
        browser, _ = come()
        Person.objects.update(is_operator=True)

        assert not is_in(browser)
        assert refused(come()[1])

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "boss@bistro.example"},
            {"email": "nina@cafe.example.evil.example"},
            {"email": "nina@sub.cafe.example"},
            {"email": "nina@cafe.example@bistro.example"},
            {"email": '"nina@cafe.example"@bistro.example'},
            {"email": "nina"},
            {"email": ["nina@cafe.example"]},
            {"email": None},
            {"email_verified": False},
            {"email_verified": "true"},
            {"email_verified": None},
        ],
    )
    def test_an_address_it_cannot_vouch_for(self, sign_on, provider, claims):
        provider.person |= claims

        assert refused(come()[1])
        assert not Person.objects.exists()

    def test_anybody_before_an_operator_confirmed_the_domain(self, sign_on):
        sign_on.confirmed_domains = []
        sign_on.save()

        assert refused(come()[1])


class TestHowFarItReaches:
    @pytest.fixture
    def both(self, sign_on, bistro):
        """Nina works for the cafe as staff, by its provider, and for the bistro as its admin; with a password."""
        come()
        nina = Person.objects.get()
        nina.set_password(PASSWORD)
        nina.save()
        Staff.objects.create(person=nina, brand=bistro, role="admin")
        return nina

    def test_no_farther_than_its_brand(self, both, bistro, cafe):
        browser, _ = come()

        page = browser.get("/admin/loyalty/brand/").content.decode()

        assert is_in(browser)
        assert "Bistro" not in page
        assert browser.get(f"/admin/loyalty/brand/{bistro.pk}/change/").status_code == 404

    def test_not_by_a_button_either(self, both, bistro, cafe):
        browser, _ = come()
        request = RequestFactory().get("/")
        request.session = browser.session

        principal = principal_of(SimpleNamespace(user=visitor(request)))

        assert (principal.brands, principal.member_id, principal.is_operator) == ({cafe.pk: "staff"}, None, False)

    def test_not_to_password_and_factors_of_who_is_more_than_the_brands(self, both):
        browser, _ = come()

        for page in ("2fa/totp/activate/", "2fa/webauthn/add/", "password/change/", "2fa/recovery-codes/generate/"):
            assert browser.get(f"/accounts/{page}").status_code in (302, 403), page
            assert browser.post(f"/accounts/{page}", {"code": "1"}).status_code in (302, 403), page
        both.refresh_from_db()
        assert both.check_password(PASSWORD)

    def test_not_to_a_member_of_the_same_login(self, sign_on, ana):
        come()
        ana.person, other = Person.objects.get(email="nina@cafe.example"), ana.person
        ana.save()
        browser, _ = come()

        assert browser.get("/accounts/2fa/totp/activate/").status_code == 403
        assert other.pk != ana.person.pk

    def test_a_password_opens_both(self, both):
        browser = Client()
        browser.post("/accounts/login/", {"login": both.email, "password": PASSWORD})

        assert "Bistro" in browser.get("/admin/loyalty/brand/").content.decode()

    def test_a_password_after_the_provider_is_the_way_that_counts(self, both):
        browser, _ = come()
        browser.post("/accounts/logout/")
        browser.post("/accounts/login/", {"login": both.email, "password": PASSWORD})

        assert "Bistro" in browser.get("/admin/loyalty/brand/").content.decode()

    def test_not_to_whom_another_brands_provider_means_by_the_same_subject(self, sign_on, bistro, cafe):
        come()
        with running_provider() as evil:
            make_sign_on(bistro, evil, email_domains=["bistro.example"], confirmed_domains=["bistro.example"])
            evil.person = dict(NINA)
            _, answer = come("bistro")

        assert refused(answer)

    def test_not_to_whom_an_earlier_provider_of_the_brand_knew(self, sign_on, provider):
        come()
        with running_provider() as other:
            sign_on.issuer = other.issuer
            sign_on.save()
            other.person = NINA | {"email": "other@cafe.example"}
            come()

        assert sorted(Person.objects.values_list("email_index", flat=True)) == sorted(
            Person._meta.get_field("email_index").index_of(email)
            for email in ("nina@cafe.example", "other@cafe.example")
        )

    def test_an_answer_for_one_brand_is_none_for_another(self, sign_on, bistro, provider):
        make_sign_on(bistro, provider)
        browser, address = go("cafe")
        back = back_from(address).replace("/oidc/cafe/", "/oidc/bistro/")

        assert refused(browser.get(back))

    def test_a_stranger_is_not_signed_in_by_a_link_with_somebody_elses_answer(self, sign_on):
        _, address = go()

        assert refused(Client().get(back_from(address)))

    def test_who_is_signed_in_is_never_tied_to_a_provider(self, sign_on, manager):
        browser = Client()
        browser.post("/accounts/login/", {"login": "manager@example.com", "password": PASSWORD})
        page, address = go(browser=browser)
        page.get(back_from(address))

        assert not SocialAccount.objects.filter(user=manager).exists()


def other_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestWhatItMustProve:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"iss": "https://evil.example"},
            {"aud": "another-client"},
            {"aud": ["loyalty-portal", "another-client"]},
            {"azp": "another-client"},
            {"nonce": "another"},
            {"nonce": None},
            {"exp": int(time.time()) - 3600},
            {"exp": None},
            {"iat": int(time.time()) + 3600},
            {"iat": None},
            {"sub": None},
            {"sub": ""},
            {"sub": "x" * 256},
        ],
        ids=lambda wrong: next(iter(wrong)),
    )
    def test_each_claim(self, sign_on, provider, wrong):
        provider.wrong = wrong

        assert refused(come()[1])
        assert not Person.objects.exists()

    @pytest.mark.parametrize(
        "signing",
        [
            (None, "none", {"kid": "one"}),
            (other_key(), "RS256", {"kid": "one"}),
            (other_key(), "RS256", {"kid": "two"}),
            ("a secret between the two, made longer", "HS256", {"kid": "one"}),
        ],
        ids=["none", "another key", "an unknown key", "our secret"],
    )
    def test_the_signature(self, sign_on, provider, signing):
        provider.signing = signing

        assert refused(come()[1])

    def test_its_public_key_is_no_shared_secret(self, sign_on, provider):
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        pem = provider.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        import base64
        import hashlib
        import hmac

        def part(value):
            return base64.urlsafe_b64encode(value).rstrip(b"=")

        def forged(asked):
            claims = NINA | {"iss": provider.issuer, "aud": asked["client_id"], "nonce": asked["nonce"]}
            claims |= {"iat": int(time.time()), "exp": int(time.time()) + 300}
            head = part(json.dumps({"alg": "HS256", "kid": "one"}).encode()) + b"." + part(json.dumps(claims).encode())
            return (head + b"." + part(hmac.new(pem, head, hashlib.sha256).digest())).decode()

        provider.id_token = forged

        assert refused(come()[1])

    def test_that_it_describes_itself(self, sign_on, provider):
        provider.says = {"issuer": "https://login.bistro.example"}

        assert refused(Client().post("/accounts/oidc/cafe/login/"))

    def test_that_the_user_info_is_of_the_same_person(self, sign_on, provider):
        provider.only_in_user_info = ("groups",)
        provider.user_info_subject = "the-chief"

        assert refused(come()[1])

    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
    def test_where_its_doors_are(self, sign_on, provider, name):
        for place in ("javascript:alert(1)", "file:///etc/passwd", None, 7):
            provider.says = {name: place}

            assert refused(Client().post("/accounts/oidc/cafe/login/"))

    @pytest.mark.parametrize("groups", [None, 7, {"baristas": 1}, [["baristas"]], "baristas,chiefs", True, {}])
    def test_that_somebody_is_in_a_group(self, sign_on, provider, groups):
        provider.person["groups"] = groups

        assert refused(come()[1])
        assert not Person.objects.exists()


def test_a_token_signed_for_us_is_read_whole(provider, settings):
    from loyalty.identity.signon.client import discover, read_id_token

    raw = provider.id_token({"client_id": "loyalty-portal", "nonce": "n"})

    assert read_id_token(raw, discovered=discover(provider.issuer), client_id="loyalty-portal")["sub"] == "nina-1"
    assert jwt.get_unverified_header(raw)["alg"] == "RS256"

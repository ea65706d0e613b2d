"""Submissions that name proofs of purchase, over real gRPC."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from tests.contract.file_gateway import (
    INVALID,
    SHOT,
    A,
    Gateway,
    refused,
    submission,
)

from registrar.domain.artifact import Artifact
from registrar.testing.proofs import PNG
from registrar.v1 import enums_pb2 as enums


async def test_a_proof_belongs_to_the_registration_that_names_it(file_gateway: Gateway) -> None:
    """It is shown there, and kept as long as the kind is."""
    one, two = await file_gateway.upload(), await file_gateway.upload(PNG, media_type="image/png")
    made = (await file_gateway.submit(two.id, one.id)).registration
    assert list(made.purchase.proofs) == [two.id, one.id]
    listed = await file_gateway.listed(made.id)
    assert [found.id for found in listed] == [one.id, two.id]
    assert {found.registration_id for found in listed} == {made.id}
    kept = listed[0].expire_time.ToDatetime() - listed[0].create_time.ToDatetime()
    assert kept > timedelta(days=399)


async def test_a_repeated_submission_keeps_its_proofs(file_gateway: Gateway) -> None:
    """The same registration, its proof bound once; many at once as well."""
    proof = (await file_gateway.upload()).id
    wanted = submission(proof)
    answers = await asyncio.gather(
        *(file_gateway.registrations.SubmitRegistration(wanted, metadata=A) for _ in range(5))
    )
    ids = {one.registration.id for one in answers}
    assert len(ids) == 1
    assert [one.registration_id for one in await file_gateway.listed(ids.pop())] == [
        answers[0].registration.id
    ]


async def test_a_proof_has_one_registration(file_gateway: Gateway) -> None:
    """Another product is told so; the same product, that it is registered."""
    proof, other = (await file_gateway.upload()).id, (await file_gateway.upload()).id
    wanted = submission(proof)
    made = (await file_gateway.registrations.SubmitRegistration(wanted, metadata=A)).registration
    call = file_gateway.submit(proof, other)
    assert await refused(call) == (INVALID, "FIELD_INVALID", [("purchase.proofs", "IN_USE")])
    again = file_gateway.submit(proof, product=wanted.product)
    code, reason, _ = await refused(again)
    assert (code, reason) == (grpc.StatusCode.ALREADY_EXISTS, "DUPLICATE_REGISTRATION")
    policy = enums.DUPLICATE_POLICY_RETURN_EXISTING
    existing = await file_gateway.submit(proof, product=wanted.product, duplicate_policy=policy)
    assert (existing.registration.id, existing.created) == (made.id, False)
    assert (await file_gateway.submit(other)).created


async def test_a_refused_submission_leaves_its_proof_free(file_gateway: Gateway) -> None:
    """Whether the product is known already or the request_id is another body's."""
    known = submission()
    await file_gateway.registrations.SubmitRegistration(known, metadata=A)
    proof = (await file_gateway.upload()).id
    code, _, _ = await refused(file_gateway.submit(proof, product=known.product))
    assert code is grpc.StatusCode.ALREADY_EXISTS
    _, reason, _ = await refused(file_gateway.submit(proof, request_id=known.request_id))
    assert reason == "REQUEST_ID_REUSED"
    plan = await file_gateway.submit(proof, validate_only=True)
    assert not plan.created
    assert (await file_gateway.submit(proof)).created


@pytest.mark.parametrize(
    ("proofs", "broken"),
    [
        (["art_unknown"], [("purchase.proofs[0]", "UNKNOWN")]),
        (["shot", "art_unknown"], [("purchase.proofs[0]", "UNKNOWN"), ("purchase.proofs[1]",) * 2]),
        (["a", "a"], [("purchase.proofs", "LENGTH")]),
        ([str(number) for number in range(6)], [("purchase.proofs", "LENGTH")]),
    ],
)
async def test_what_is_no_proof_of_the_callers_is_named(
    file_gateway: Gateway, proofs: list[str], broken: list[tuple[str, str]]
) -> None:
    """Each of them, with the rest of what is wrong; also when it is only validated."""
    made = await file_gateway.artifacts.keep("reg_1", "tenant-a", 1, SHOT, "image/png", PNG)
    assert isinstance(made, Artifact)
    named = [made.id if one == "shot" else one for one in proofs]
    for validate_only in (True, False):
        call = file_gateway.submit(*named, request_id="x", validate_only=validate_only)
        code, _, found = await refused(call)
        assert code is INVALID
        assert [one[0] for one in found] == [*(one[0] for one in broken), "request_id"]

"""UserService: messages to calls of the service and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import user_service_pb2 as pb
from reverie.v1 import user_service_pb2_grpc
from reverie_server.identity.users.model import Profile, User
from reverie_server.identity.users.service import PROFILE_FIELDS, UserService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.etags import etag, version_of
from reverie_server.rpc.field_masks import masked_paths
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp

Context = grpc.aio.ServicerContext[Any, Any]


class UserServicer(user_service_pb2_grpc.UserServiceServicer):
    """See ``user_service.proto``."""

    def __init__(self, users: UserService, page_tokens: PageTokens) -> None:
        self._users = users
        self._page_tokens = page_tokens

    async def CreateUser(self, request: pb.CreateUserRequest, _: Context) -> pb.CreateUserResponse:
        call = current_call()
        change = await self._users.create(
            call.workspace_id, request.user_id, _profile(request.user), call.request_key(request)
        )
        return pb.CreateUserResponse(user=_message(change.user), revision=change.revision)

    async def GetUser(self, request: pb.GetUserRequest, _: Context) -> pb.GetUserResponse:
        user = await self._users.get(current_call().workspace_id, request.user_id)
        return pb.GetUserResponse(user=_message(user))

    async def ListUsers(self, request: pb.ListUsersRequest, _: Context) -> pb.ListUsersResponse:
        page = await self._users.list(current_call().workspace_id, self._page_tokens.read(request))
        return pb.ListUsersResponse(
            users=[_message(user) for user in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def UpdateUser(self, request: pb.UpdateUserRequest, _: Context) -> pb.UpdateUserResponse:
        call = current_call()
        change = await self._users.update(
            call.workspace_id,
            request.user_id,
            _profile(request.user),
            masked_paths(request.update_mask, PROFILE_FIELDS),
            version_of(request.user.etag),
            call.request_key(request),
        )
        return pb.UpdateUserResponse(user=_message(change.user), revision=change.revision)

    async def DeleteUser(self, request: pb.DeleteUserRequest, _: Context) -> pb.DeleteUserResponse:
        call = current_call()
        revision = await self._users.delete(
            call.workspace_id,
            request.user_id,
            version_of(request.etag),
            call.request_key(request),
        )
        return pb.DeleteUserResponse(revision=revision)


def _profile(message: pb.User) -> Profile:
    return Profile(
        display_name=message.display_name,
        address_as=message.address_as,
        locale=message.locale,
        time_zone=message.time_zone,
        preferences=dict(message.preferences),
    )


def _message(user: User) -> pb.User:
    return pb.User(
        user_id=user.user_id,
        display_name=user.profile.display_name,
        address_as=user.profile.address_as,
        locale=user.profile.locale,
        time_zone=user.profile.time_zone,
        preferences=user.profile.preferences,
        create_time=timestamp(user.create_time),
        update_time=timestamp(user.update_time),
        revision=user.revision,
        etag=etag(user.version),
    )

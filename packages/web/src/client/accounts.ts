/** Accounts and API tokens, over HTTP. */
import {
  Account,
  ApiToken,
  AuditPage,
  type ChangePassword,
  type CreateApiToken,
  CreatedApiToken,
  CreatedInvitation,
  Invitation,
  InvitationTerms,
  Me,
  PasswordLink,
  type PasswordSignIn,
  PersonRecord,
  SignedInBrowser,
  type SignUp,
  type UpdateAccount,
} from '@rnb/protocol';
import { z } from 'zod';
import { ApiProblem, api, Nothing } from './http.ts';
import { tellOtherTabs } from './other-tabs.ts';

const post = (body: unknown) => ({ method: 'POST', body }) as const;

/** Who is signed in in this browser; null for nobody. */
export async function fetchMeIfSignedIn(signal: AbortSignal): Promise<Me | null> {
  try {
    return await api('/api/me', Me, { signal, asStranger: true });
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'unauthenticated') return null;
    throw error;
  }
}

export async function signIn(body: PasswordSignIn): Promise<void> {
  await api('/api/auth/sign-in/email', Nothing, { ...post(body), asStranger: true });
  tellOtherTabs();
}

export async function signUp(body: SignUp): Promise<void> {
  await api('/api/auth/sign-up/email', Nothing, { ...post(body), asStranger: true });
  tellOtherTabs();
}

export const fetchInvitationTerms = (token: string): Promise<InvitationTerms> =>
  api('/api/auth/invitation', InvitationTerms, { ...post({ token }), asStranger: true });

export const fetchAccount = (signal: AbortSignal): Promise<Account> =>
  api('/api/account', Account, { signal });

export const updateAccount = (body: UpdateAccount): Promise<Account> =>
  api('/api/account', Account, { method: 'PATCH', body });

export const changePassword = (body: ChangePassword): Promise<void> =>
  api('/api/account/password', Nothing, post(body));

export const fetchSessions = (signal: AbortSignal): Promise<SignedInBrowser[]> =>
  api('/api/account/sessions', z.array(SignedInBrowser), { signal });

export const endSession = (id: string): Promise<void> =>
  api(`/api/account/sessions/${encodeURIComponent(id)}`, Nothing, { method: 'DELETE' });

export const signOutOthers = (): Promise<void> =>
  api('/api/account/sign-out-others', Nothing, post({}));

/** What the person did outside of notebooks, the latest first; `before`: only what is older. */
export function fetchOwnTrail(before: number | null, signal: AbortSignal): Promise<AuditPage> {
  const query = new URLSearchParams({ limit: '20' });
  if (before !== null) query.set('before', String(before));
  return api(`/api/account/audit?${query}`, AuditPage, { signal });
}

export const fetchTokens = (signal: AbortSignal): Promise<ApiToken[]> =>
  api('/api/tokens', z.array(ApiToken), { signal });

export const createToken = (body: CreateApiToken): Promise<CreatedApiToken> =>
  api('/api/tokens', CreatedApiToken, post(body));

export const revokeToken = (id: string): Promise<void> =>
  api(`/api/tokens/${encodeURIComponent(id)}`, Nothing, { method: 'DELETE' });

export const fetchPeople = (signal: AbortSignal): Promise<PersonRecord[]> =>
  api('/api/people', z.array(PersonRecord), { signal });

export const setBlocked = (id: string, isBlocked: boolean): Promise<PersonRecord> =>
  api(`/api/people/${encodeURIComponent(id)}`, PersonRecord, {
    method: 'PATCH',
    body: { isBlocked },
  });

export const givePasswordLink = (id: string): Promise<PasswordLink> =>
  api(`/api/people/${encodeURIComponent(id)}/password-link`, PasswordLink, post({}));

export const fetchInvitations = (signal: AbortSignal): Promise<Invitation[]> =>
  api('/api/people/invitations', z.array(Invitation), { signal });

export const createInvitation = (email: string | null): Promise<CreatedInvitation> =>
  api('/api/people/invitations', CreatedInvitation, post({ email }));

export const revokeInvitation = (id: string): Promise<void> =>
  api(`/api/people/invitations/${encodeURIComponent(id)}`, Nothing, { method: 'DELETE' });

import type { ChangeMember, GrantedRole, Member, Person, ShareLink, Sharing } from '@rnb/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  changeMember,
  createShareLink,
  fetchSharing,
  type Invited,
  inviteMember,
  putOutOfNotebook,
  removeMember,
  revokeShareLink,
} from '../client/sharing.ts';

/** While the dialog is open, others may come by a link or sign in. */
const lookAgainMs = 5_000;

const keyOf = (notebook: string) => ['sharing', notebook];

export const useSharing = (notebook: string) =>
  useQuery({
    queryKey: keyOf(notebook),
    queryFn: ({ signal }) => fetchSharing(notebook, signal),
    refetchInterval: ({ state }) => (state.error ? false : lookAgainMs),
  });

/** What an owner does to who has the notebook. What is not yet known to be done is shown as done, and taken back. */
export function useSharingChanges(notebook: string) {
  const queries = useQueryClient();
  const queryKey = keyOf(notebook);
  const [removed, setRemoved] = useState<readonly Member[]>([]);
  const [problem, setProblem] = useState<string | null>(null);

  const edit = (change: (sharing: Sharing) => Sharing) =>
    queries.setQueryData<Sharing>(queryKey, (sharing) => sharing && change(sharing));
  /** Shows the outcome at once; `settle` brings what the server says. */
  const foresee = async (change: (sharing: Sharing) => Sharing) => {
    setProblem(null);
    await queries.cancelQueries({ queryKey });
    edit(change);
  };
  const settle = {
    onError: ({ message }: Error) => setProblem(message),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  };

  const change = useMutation({
    mutationFn: ({ id, terms }: { id: string; terms: ChangeMember }) =>
      changeMember(notebook, id, terms),
    onMutate: ({ id, terms }) =>
      foresee((sharing) => ({
        ...sharing,
        members: sharing.members.map((member) =>
          member.id === id
            ? {
                ...member,
                role: terms.role ?? member.role,
                mayUseConnections: terms.mayUseConnections ?? member.mayUseConnections,
              }
            : member,
        ),
      })),
    ...settle,
  });

  const remove = useMutation({
    mutationFn: ({ id }: Member) => removeMember(notebook, id),
    onMutate: (member) => {
      setRemoved((all) => [...all, member]);
      return foresee((sharing) => without(sharing, member));
    },
    ...settle,
    onError: ({ message }, member) => {
      setProblem(message);
      setRemoved((all) => all.filter(({ id }) => id !== member.id));
    },
  });

  /** Somebody who came by a link. They are among the removed as the member that taking it back makes of them. */
  const putOut = useMutation({
    mutationFn: ({ person }: { person: Person; link: ShareLink }) =>
      putOutOfNotebook(notebook, person.id),
    onMutate: ({ person, link }) => {
      const members = queries.getQueryData<Sharing>(queryKey)?.members ?? [];
      const gone =
        members.find((member) => member.person?.id === person.id) ?? asMember(person, link);
      setRemoved((all) => [...all.filter((one) => one.person?.id !== person.id), gone]);
      return foresee((sharing) => without(sharing, gone));
    },
    ...settle,
    onError: ({ message }, { person }) => {
      setProblem(message);
      setRemoved((all) => all.filter((one) => one.person?.id !== person.id));
    },
  });

  const takeBack = useMutation({
    mutationFn: ({ person, invited, role, mayUseConnections }: Member) =>
      inviteMember(notebook, invitedAgain(person, invited), { role, mayUseConnections }),
    onMutate: () => setProblem(null),
    onSuccess: (member, before) => {
      setRemoved((all) => all.filter(({ id }) => id !== before.id));
      edit((sharing) => ({ ...sharing, members: [...sharing.members, member] }));
    },
    ...settle,
  });

  const createLink = useMutation({
    mutationFn: (terms: { role: GrantedRole; expiresInDays: number | null }) =>
      createShareLink(notebook, terms),
    onMutate: () => setProblem(null),
    onSuccess: (link) => edit((sharing) => ({ ...sharing, links: [...sharing.links, link] })),
    ...settle,
  });

  const revokeLink = useMutation({
    mutationFn: ({ id }: ShareLink) => revokeShareLink(notebook, id),
    onMutate: (link) =>
      foresee((sharing) => ({
        ...sharing,
        links: sharing.links.filter(({ id }) => id !== link.id),
      })),
    ...settle,
  });

  return {
    /** Members who were removed since the dialog was opened. */
    removed,
    /** What went wrong last. */
    problem,
    refresh: settle.onSettled,
    change,
    remove,
    putOut,
    takeBack,
    createLink,
    revokeLink,
  };
}

function without({ owner, members, links }: Sharing, gone: Member): Sharing {
  return {
    owner,
    members: members.filter(({ id }) => id !== gone.id),
    links: links.map((link) => ({
      ...link,
      people: link.people.filter(({ id }) => id !== gone.person?.id),
    })),
  };
}

function asMember(person: Person, { role, mayUseConnections, createdAt }: ShareLink): Member {
  return { id: person.id, person, invited: null, role, mayUseConnections, createdAt };
}

/** By their address where it is known to be theirs, so that it goes on being shown. */
function invitedAgain(person: Person | null, invited: string | null): Invited {
  if (person && person.email === null) return { userId: person.id };
  return { email: person?.email ?? invited ?? '' };
}

export type SharingChanges = ReturnType<typeof useSharingChanges>;

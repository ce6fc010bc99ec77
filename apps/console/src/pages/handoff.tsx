import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import type { HandoffApproved } from '@argus/protocol/http/pats.ts';
import { useWho } from '../api/who.tsx';
import { askedIn, wayBack, type Asked } from '../handoff.ts';
import { forOneself } from '../modals/presets.ts';
import { useTokenForm } from '../modals/token-form.tsx';
import { useAct } from '../modals/use-act.tsx';
import type { PageProps } from '../pages.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Empty, Facts, Page, Panel } from './page.tsx';

const DAYS = 30;

/** Where argusctl leads the browser to. Somebody else may have made the address: nothing is done before it is approved. */
export function HandoffPage({ query }: PageProps) {
  const asked = askedIn(query);
  const [isOver, setOver] = useState(false);
  return (
    <Page title="SIGN IN ARGUSCTL" more="A program on your machine asks for a token in your name.">
      {asked === null ? (
        <Empty title="This address is not whole">Nothing can be approved with it. Type argusctl login --browser once more, and follow the address it shows.</Empty>
      ) : isOver ? (
        <Empty title="Nothing was approved">argusctl stops waiting by itself within two minutes; Ctrl-C in its terminal ends it now.</Empty>
      ) : (
        <Approve key={asked.challenge} asked={asked} onCancel={() => setOver(true)} />
      )}
    </Page>
  );
}

function Approve({ asked, onCancel }: { readonly asked: Asked; readonly onCancel: () => void }) {
  const who = useWho();
  const { fields, block, wanted } = useTokenForm({ presets: forOneself(who.scopes), name: asked.name, days: DAYS });
  const [isLeaving, setLeaving] = useState(false);
  const { act, busy, problem, stepUp } = useAct<HandoffApproved>([], ({ code }) => {
    setLeaving(true);
    window.location.replace(wayBack(asked, code));
  });
  const isBusy = busy || isLeaving;
  return (
    <>
      <form
        className="columns"
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null && !isBusy) void act(auth.approveHandoff({ ...wanted(), challenge: asked.challenge }));
        }}
      >
        <Panel title="Who asks">
          <p className="note">
            <Icon shape="alerts" />
            <span>
              <strong>Only approve if you started this yourself</strong>, a moment ago, with <code>argusctl login --browser</code> on this very machine. If somebody sent you here, cancel: they would act in your name.
            </span>
          </p>
          <Facts
            rows={[
              ['Calls itself', asked.name === '' ? 'nothing' : asked.name],
              ['Waits at', <span key="at" className="mono">{`127.0.0.1:${asked.port}`}</span>],
              ['Acts as', `${who.user.email} (${who.user.role})`],
              ['Reaches', who.user.tenants === 'all' ? 'all tenants' : <span key="tenants" className="mono">{who.user.tenants.join(', ')}</span>],
            ]}
          />
          <p className="muted">The token goes to argusctl alone. It stands under Access tokens from then on, and can be revoked there.</p>
        </Panel>
        <Panel title="What it may do">
          {problem ? <ProblemNote problem={problem} /> : null}
          {fields}
          <div className="page-actions">
            <Button look="main" type="submit" busy={isBusy} whyNot={block}>
              Approve
            </Button>
            <Button onPress={onCancel}>Cancel</Button>
          </div>
        </Panel>
      </form>
      {stepUp}
    </>
  );
}

import { detailsOf, escapeMarkup, escapeMnemonic, iconOf, titleOf, type Shown } from '../../tray-text.ts';
import type { Value, Variant } from '../dbus/marshal.ts';
import type { Message } from '../dbus/message.ts';
import type { Answer, Bus } from '../dbus/session-bus.ts';

/** The icon in the panel, as StatusNotifierItem, with a menu of two lines: what is, and the way to end it. */
const ITEM = 'org.kde.StatusNotifierItem';
const WATCHER = { to: 'org.kde.StatusNotifierWatcher', path: '/StatusNotifierWatcher', interface: 'org.kde.StatusNotifierWatcher' } as const;
const MENU = 'com.canonical.dbusmenu';
const ITEM_PATH = '/StatusNotifierItem';
const MENU_PATH = '/Menu';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const WHAT_IS = 1;
const END_SESSION = 2;

const s = (value: string): Variant => ({ signature: 's', value });
const b = (value: boolean): Variant => ({ signature: 'b', value });
type Properties = Readonly<Record<string, Variant>>;
const dict = (properties: Properties): Value => Object.entries(properties).map(([name, value]): Value => [name, value]);
const nothing: Answer = { signature: '', body: [] };

export async function statusItem(bus: Bus, { pid, endSession }: { readonly pid: number; readonly endSession: () => void }) {
  let shown: Shown = { remote_support: 'gone' };
  let revision = 1;
  const service = `${ITEM}-${pid}-1`;

  const itemProperties = (): Properties => ({
    Category: s('SystemServices'),
    Id: s('argus-agent'),
    Title: s(titleOf(shown)),
    Status: s(shown.remote_support === 'live' ? 'NeedsAttention' : 'Active'),
    IconName: s(iconOf(shown)),
    AttentionIconName: s(iconOf(shown)),
    ToolTip: { signature: '(sa(iiay)ss)', value: [iconOf(shown), [], titleOf(shown), escapeMarkup(detailsOf(shown))] },
    ItemIsMenu: b(true),
    Menu: { signature: 'o', value: MENU_PATH },
  });
  const menuProperties: Properties = { Version: { signature: 'u', value: 3 }, Status: s('normal'), TextDirection: s('ltr'), IconThemePath: { signature: 'as', value: [] } };

  const itemsOf = (): Readonly<Record<number, Properties>> => ({
    0: { 'children-display': s('submenu') },
    [WHAT_IS]: { label: s(escapeMnemonic(detailsOf(shown) || titleOf(shown))), enabled: b(false) },
    [END_SESSION]: { label: s(shown.remote_support === 'live' ? 'End session' : 'Switch remote support off'), enabled: b(shown.remote_support === 'live' || shown.remote_support === 'dormant') },
  });
  const propertiesOf = (id: number): Properties => itemsOf()[id] ?? {};
  const node = (id: number, children: readonly Value[] = []): Value => [id, dict(propertiesOf(id)), children];
  const child = (id: number): Variant => ({ signature: '(ia{sv}av)', value: node(id) });

  function chosen(id: Value | undefined, event: Value | undefined): void {
    if (id === END_SESSION && event === 'clicked') endSession();
  }

  function ofProperties(call: Message, interface_: string, properties: Properties): Answer | null {
    const [of, name] = call.body;
    if (call.interface !== PROPERTIES || of !== interface_) return null;
    if (call.member === 'GetAll') return { signature: 'a{sv}', body: [dict(properties)] };
    const value = typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined;
    return call.member === 'Get' && value ? { signature: 'v', body: [value] } : null;
  }

  bus.answer(ITEM_PATH, (call) => {
    if (call.interface === ITEM && ['Activate', 'SecondaryActivate', 'ContextMenu', 'Scroll'].includes(call.member ?? '')) return nothing; // the menu does it
    return ofProperties(call, ITEM, itemProperties());
  });
  bus.answer(MENU_PATH, (call) => {
    if (call.interface !== MENU) return ofProperties(call, MENU, menuProperties);
    const [first, second] = call.body;
    switch (call.member) {
      case 'GetLayout':
        return { signature: 'u(ia{sv}av)', body: [revision, first === 0 ? node(0, [child(WHAT_IS), child(END_SESSION)]) : node(Number(first))] };
      case 'GetGroupProperties': {
        const asked = Array.isArray(first) && first.length > 0 ? (first as readonly Value[]) : [0, WHAT_IS, END_SESSION]; // ai
        return { signature: 'a(ia{sv})', body: [asked.slice(0, 16).map((id): Value => [id, dict(propertiesOf(Number(id)))])] };
      }
      case 'GetProperty': {
        const value = typeof second === 'string' ? propertiesOf(Number(first))[second] : undefined;
        return value ? { signature: 'v', body: [value] } : null;
      }
      case 'Event':
        chosen(first, second);
        return nothing;
      case 'EventGroup':
        for (const one of Array.isArray(first) ? (first as readonly (readonly Value[])[]) : []) chosen(one[0], one[1]); // a(isvu)
        return { signature: 'ai', body: [[]] };
      case 'AboutToShow':
        return { signature: 'b', body: [false] };
      case 'AboutToShowGroup':
        return { signature: 'aiai', body: [[], []] };
      default:
        return null;
    }
  });

  /** A desktop without a place for icons has the notifications. */
  const register = () => bus.call({ ...WATCHER, member: 'RegisterStatusNotifierItem', signature: 's', body: [service] }).catch(() => []);
  await bus.call({ to: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus', member: 'RequestName', signature: 'su', body: [service, 4] });
  await bus.hear(`type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${WATCHER.to}'`, ({ member, body }) => {
    if (member === 'NameOwnerChanged' && body[0] === WATCHER.to && body[2] !== '') void register(); // the panel came back
  });
  await register();

  return {
    show(next: Shown): void {
      shown = next;
      revision++;
      const item = { path: ITEM_PATH, interface: ITEM };
      for (const member of ['NewTitle', 'NewIcon', 'NewAttentionIcon', 'NewToolTip']) bus.signal({ ...item, member });
      bus.signal({ ...item, member: 'NewStatus', signature: 's', body: [next.remote_support === 'live' ? 'NeedsAttention' : 'Active'] });
      bus.signal({ path: MENU_PATH, interface: MENU, member: 'LayoutUpdated', signature: 'ui', body: [revision, 0] });
    },
  };
}

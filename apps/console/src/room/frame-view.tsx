import { useMemo, useState } from 'react';
import type { ResultOf } from '@argus/protocol/commands/index.ts';
import { Facts } from '../pages/page.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Save, useBlobUrl } from '../ui/save.tsx';
import { exactly } from '../ui/time.ts';
import { bytesOf } from './bytes.ts';
import { Digest } from './digest.tsx';

const ZOOMS = ['fit', '100', '200'] as const;
type Zoom = (typeof ZOOMS)[number];
const ZOOM_WORDS: Readonly<Record<Zoom, string>> = { fit: 'Fit', '100': '100 %', '200': '200 %' };

type FrameViewProps = { readonly value: ResultOf<'view_camera'>; readonly camera: string; readonly agent: string };

/** One picture, as the machine sent it, with whatever mark stands in it. Bytes that are not the ones it named are not drawn. */
export function FrameView({ value, camera, agent }: FrameViewProps) {
  const { jpeg, width, height, taken_at: taken, burned_in: marked } = value;
  const { bytes, isWhole } = useMemo(() => bytesOf({ base64: jpeg, size: value.size, sha256: value.sha256 }), [value, jpeg]);
  const url = useBlobUrl(isWhole ? bytes : null, 'image/jpeg');
  const [zoom, setZoom] = useState<Zoom>('fit');
  const at = exactly(Date.parse(taken));
  return (
    <>
      <div className="viewer-bar">
        <div className="zooms" role="group" aria-label="Zoom">
          {ZOOMS.map((one) => (
            <Button key={one} small look={zoom === one ? 'main' : 'plain'} pressed={zoom === one} onPress={() => setZoom(one)}>
              {ZOOM_WORDS[one]}
            </Button>
          ))}
        </div>
        {isWhole ? <Save bytes={bytes} as={`${agent} ${camera} ${taken.replaceAll(':', '-')}.jpg`} /> : null}
      </div>
      {url === null ? null : (
        <div className={`frame frame-${zoom}`} tabIndex={0} role="region" aria-label={`Picture of ${camera}`}>
          <img src={url} width={zoom === '200' ? width * 2 : width} height={zoom === '200' ? height * 2 : height} alt={`What camera ${camera} of ${agent} saw, ${at}`} />
        </div>
      )}
      <Facts
        rows={[
          ['Camera', <span key="camera" className="mono">{camera}</span>],
          ['Taken', <span key="taken" className="numbers">{at}</span>],
          ['Picture', `${width} × ${height}, ${value.size.toLocaleString('en')} bytes`],
          ['Mark', marked ? 'Operator, session and time stand in the picture itself' : <Badge key="mark" tone="warn">Not in the picture</Badge>],
          ['SHA-256', <Digest key="digest" sha256={value.sha256} isWhole={isWhole} />],
        ]}
      />
    </>
  );
}

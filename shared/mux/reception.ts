/** The receiving side of a link: what becomes of each frame that comes on any of its carriers. */
import type { FrameSink } from './codec.ts';
import { decodeReason, encodeReason } from './codec.ts';
import { ProtocolFault } from './errors.ts';
import {
  FLAG_CONTROL,
  FRAME,
  RESET_CODE,
  frameOf,
  type FrameHeader,
  type MuxLimits,
} from './frame.ts';
import type { Lane } from './lane.ts';
import type { Scheduler } from './scheduler.ts';
import type { StreamIds } from './stream-ids.ts';
import type { StreamBeginning } from './stream-host.ts';
import type { Stream } from './stream.ts';
import type { Streams } from './streams.ts';

export interface ReceptionOptions {
  readonly limits: MuxLimits;
  /** Whether the link outlives its carriers, so that frames may repeat and overtake each other. */
  readonly resumes: boolean;
  readonly ids: StreamIds;
  readonly streams: Streams;
  readonly scheduler: Scheduler;
  readonly clock: () => number;
  /** Makes a stream that the peer opened. @throws ProtocolFault */
  readonly create: (beginning: Omit<StreamBeginning, 'window'>) => Stream;
  readonly opened: (stream: Stream, request: Uint8Array) => void;
  /** Whether this end opens and accepts no more. */
  readonly isLeaving: () => boolean;
  readonly goAway: (code: number, reason: string) => void;
  readonly closed: (code: number, reason: string) => void;
}

export class Reception {
  readonly #options: ReceptionOptions;
  #refused = 0;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** What a carrier's decoder finds. Every call may throw a ProtocolFault. */
  sinkOf(lane: () => Lane): FrameSink {
    return {
      frame: (header, payload) => this.#receive(lane(), header, payload),
      data: (header, progress, slice, lease) =>
        this.#find(header)?.receiveData(header, progress, slice, lease),
    };
  }

  #receive(lane: Lane, header: FrameHeader, payload: Uint8Array): void {
    switch (header.type) {
      case FRAME.open:
        return this.#receiveOpen(header, payload);
      case FRAME.ping:
        return lane.queuePong(header.offset);
      case FRAME.pong:
        return lane.liveness.answered(header.offset, this.#options.clock());
      case FRAME.goAway:
        return this.#options.goAway(header.offset, decodeReason(payload));
      case FRAME.close:
        return this.#options.closed(header.offset, decodeReason(payload));
      case FRAME.gone:
        return this.#find(header)?.receiveGone();
      case FRAME.fin:
        return this.#receiveFin(header);
      case FRAME.reset:
        return this.#receiveReset(header, payload);
      case FRAME.credit:
        return this.#find(header)?.receiveCredit(header.offset);
      case FRAME.ack:
        return this.#find(header)?.receiveAck(header.offset);
      case FRAME.data:
        return undefined;
    }
  }

  /** The stream of a frame; undefined if it is gone, and the frame with it. @throws ProtocolFault */
  #find(header: FrameHeader): Stream | undefined {
    const stream = this.#options.streams.get(header.stream);
    if (stream === undefined && !this.#options.ids.wasUsed(header.stream)) {
      throw new ProtocolFault('stream-never-opened', String(header.stream));
    }
    return stream;
  }

  #receiveFin(header: FrameHeader): void {
    const stream = this.#find(header);
    if (stream === undefined) this.#answerGone(header.stream);
    else stream.receiveFin(header.offset);
  }

  /** The peer repeats a RESET until it is told that nothing is left of the stream. */
  #receiveReset(header: FrameHeader, payload: Uint8Array): void {
    const { resumes, ids, streams } = this.#options;
    const { stream: id } = header;
    // OPEN was lost with its carrier, and then the peer thought better of it.
    if (resumes && !ids.wasUsed(id)) ids.admit(id);
    else this.#find(header)?.receiveReset(header.offset, payload);
    if (streams.get(id) === undefined) this.#answerGone(id);
  }

  #answerGone(id: number): void {
    if (this.#options.resumes) this.#options.scheduler.gone(id);
  }

  #receiveOpen(header: FrameHeader, request: Uint8Array): void {
    const { ids, streams, limits, resumes } = this.#options;
    const id = header.stream;
    if (resumes && ids.isRepeated(id)) {
      if (streams.get(id) === undefined) this.#answerGone(id);
      return;
    }
    ids.admit(id);
    if (this.#options.isLeaving()) return this.#refuse(id, RESET_CODE.goingAway, 'going away');
    if (streams.openedBy('peer') >= limits.streams) {
      return this.#refuse(id, RESET_CODE.refused, 'too many streams');
    }
    const stream = this.#options.create({
      id,
      priority: (header.flags & FLAG_CONTROL) === 0 ? 'bulk' : 'control',
      sendCredit: header.offset,
      receiveCredit: limits.initialCredit,
    });
    streams.add(stream, 'peer');
    this.#options.opened(stream, request);
    return undefined;
  }

  #refuse(id: number, code: number, reason: string): void {
    this.#refused += 1;
    if (this.#refused > this.#options.limits.refusedOpens) {
      throw new ProtocolFault('too-many-opens', `${this.#refused} refused`);
    }
    const payload = encodeReason(reason, this.#options.limits.reasonText);
    this.#options.scheduler.refuse(frameOf(FRAME.reset, id, code, payload));
  }
}

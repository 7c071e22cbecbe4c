import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Machine {
  readonly imageFolder: string;
  readonly payload: string;
  /** Shared with the guest, which writes what it found there. */
  readonly resultsFolder: string;
}

export type MachineEnd =
  | { readonly kind: 'off' }
  /** It was ended after its time. */
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly text: string };

const memoryMb = 2048;
/** Of in-guest.sh. */
const guestsFirstWord = 'the run begins';
/**
 * Emulated, the guest's clock counts instructions, one a nanosecond: what the guest measures is that of a processor with one core
 * of a thousand million instructions a second, however slow or busy the host. Such a host only takes longer.
 */
const processor = {
  kvm: ['-accel', 'kvm', '-cpu', 'host', '-smp', '2'],
  tcg: ['-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-icount', 'shift=0,sleep=on'],
} as const;
/** A kernel says its first word within this, and in-guest.sh its own within that; one that hangs, as it may under KVM, does not. */
const patienceMs = { kvm: { kernel: 60_000, guest: 360_000 }, tcg: { kernel: 900_000, guest: 1_800_000 } } as const;

/**
 * Boots the image and waits until it turns itself off. Its disk is written to a scratch file: each run starts from the same
 * image. `accelerator` is tried as it is: a /dev/kvm that is there may still not run a kernel.
 */
export function runMachine(
  machine: Machine,
  accelerator: 'kvm' | 'tcg',
  limitMs: number,
  onConsole: (text: string) => void,
): Promise<MachineEnd> {
  const { imageFolder, payload, resultsFolder } = machine;
  const args = [
    ...['-machine', 'q35', '-m', String(memoryMb), '-nographic', '-nodefaults', '-no-reboot'],
    ...processor[accelerator],
    ...['-kernel', join(imageFolder, 'kernel'), '-initrd', join(imageFolder, 'initrd.gz')],
    ...['-append', 'console=ttyS0 panic=-1 quiet systemd.show_status=0'],
    ...['-drive', `if=none,id=system,file=${join(imageFolder, 'disk.img')},format=raw,snapshot=on`],
    ...['-device', 'virtio-blk-pci,drive=system'],
    ...['-drive', `if=none,id=payload,file=${payload},format=raw,readonly=on`],
    ...['-device', 'virtio-blk-pci,drive=payload'],
    ...['-fsdev', `local,id=results,path=${resultsFolder},security_model=none`],
    ...['-device', 'virtio-9p-pci,fsdev=results,mount_tag=results'],
    ...['-device', 'virtio-rng-pci', '-serial', 'stdio'],
  ];
  return new Promise((resolve) => {
    const child = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    let end: MachineEnd | undefined;
    const finish = (reason: MachineEnd) => {
      end ??= reason;
      child.kill('SIGKILL');
    };
    const late = setTimeout(() => finish({ kind: 'late' }), limitMs);
    const hangsAfter = (ms: number) => setTimeout(() => finish({ kind: 'failed', text: 'the guest hangs' }), ms);
    const kernelHangs = hangsAfter(patienceMs[accelerator].kernel);
    const guestHangs = hangsAfter(patienceMs[accelerator].guest);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-1000);
      // The firmware's own words come first, on any accelerator.
      if (/^\[ *\d+\.\d+\]/m.test(said)) clearTimeout(kernelHangs);
      if (said.includes(guestsFirstWord)) clearTimeout(guestHangs);
      onConsole(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      if (text.includes('KVM internal error')) finish({ kind: 'failed', text });
    });
    child.on('error', (error) => {
      end ??= { kind: 'failed', text: error.message };
    });
    child.on('close', (code) => {
      clearTimeout(late);
      clearTimeout(kernelHangs);
      clearTimeout(guestHangs);
      resolve(end ?? (code === 0 ? { kind: 'off' } : { kind: 'failed', text: errors.trim() }));
    });
  });
}

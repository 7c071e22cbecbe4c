import type { CarWords } from '../car-words.ts';

type Pattern = CarWords['patterns'][number];

/** What is wrong with a camera, what would be right, and both as they are said here; `$1` is the camera's name. */
const cameras: readonly (readonly [means: string, right: string, words: string])[] = [
  [
    'wants a user and a password',
    'Right would be rtsp://USER:PASSWORD@ADDRESS',
    '$1 cần tên người dùng và mật khẩu. Đúng ra là rtsp://USER:PASSWORD@ADDRESS',
  ],
  [
    'answers, and has no such stream',
    'Right would be the path that its manual names, such as rtsp://ADDRESS/stream1',
    '$1 có trả lời nhưng không có luồng hình này. Đúng ra là đường dẫn ghi trong sách hướng dẫn, như rtsp://ADDRESS/stream1',
  ],
  [
    'cannot be reached',
    'Right would be its address as it is at this moment, the camera switched on and in the same network',
    'Không kết nối được với $1. Kiểm tra địa chỉ hiện giờ, camera đã bật và ở cùng mạng',
  ],
  [
    'is not there',
    'Right would be one that is plugged in: ls /dev/video*',
    'Không có $1. Đúng ra là một camera đang cắm: ls /dev/video*',
  ],
  [
    'is in use by another program',
    'Right would be to end that one first, another car perhaps',
    'Chương trình khác đang dùng $1. Hãy tắt nó trước, có thể là một xe khác',
  ],
  [
    'may not be used by this user',
    'Right would be one that it may read; for a camera: sudo usermod -aG video USER, then log in anew',
    'Người dùng này không có quyền dùng $1. Với camera: sudo usermod -aG video USER, rồi đăng nhập lại',
  ],
  [
    'is no video that can be read',
    'Right would be an MP4 with H.264, or folder:FOLDER for pictures',
    '$1 không phải video đọc được. Đúng ra là MP4 với H.264, hoặc folder:FOLDER cho ảnh',
  ],
  [
    'needs a part of GStreamer that is not installed',
    'Right would be: sudo apt install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav',
    '$1 cần một phần của GStreamer chưa được cài. Hãy chạy: sudo apt install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav',
  ],
];

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const cameraPatterns = cameras.map(
  ([means, right, words]): Pattern => [
    new RegExp(`^(.+) ${literally(means)}\\. ${literally(right)}\\. Change camera\\.source or --camera$`),
    `${words}. Đổi camera.source hoặc --camera`,
  ],
);

/** What the operating system calls a failure, its own words behind it: whoever looks them up needs them as they are. */
const system: readonly Pattern[] = [
  [/^(?:EREMOTEIO|ENXIO)\b.*$/, 'thiết bị không trả lời, kiểm tra nguồn và dây ($&)'],
  [/^ETIMEDOUT\b.*$/, 'không trả lời kịp ($&)'],
  [/^(?:EACCES|EPERM)\b.*$/, 'không có quyền ($&)'],
  [/^(?:ENOENT|ENODEV)\b.*$/, 'không có thiết bị hoặc tệp này ($&)'],
  [/^EBUSY\b.*$/, 'chương trình khác đang dùng ($&)'],
  [/^EIO\b.*$/, 'lỗi đọc ghi ($&)'],
  [/^ENOSPC\b.*$/, 'đĩa đã đầy ($&)'],
];

const buses: readonly Pattern[] = [
  [
    /^no permission to use (\S+): add yourself to its group with "([^"]+)", then log in again$/,
    'không có quyền dùng $1: vào nhóm của nó bằng "$2", rồi đăng nhập lại',
  ],
  [
    /^there is no (\S+): see "([^"]+)" for the buses of this machine and set actuators\.bus\.number; if there are none, run "([^"]+)"$/,
    'không có $1: xem "$2" để biết các bus của máy và đặt actuators.bus.number; nếu không có bus nào, chạy "$3"',
  ],
  [
    /^the optional package (\S+), which reaches (.+), cannot be loaded \((.*)\): install .* run "([^"]+)" in the folder of the car's software$/,
    'không nạp được gói $1 để dùng $2: cài trình biên dịch C++, make và Python, rồi chạy "$4" trong thư mục phần mềm của xe ($3)',
  ],
  [
    /^(\S+), device (0x[0-9a-f]+): an earlier transfer hangs; is a wire off or shorted\?$/,
    '$1, thiết bị $2: lần truyền trước bị treo, dây bị tuột hoặc chập?',
  ],
  [
    /^(\S+), device (0x[0-9a-f]+): no end of the transfer within (\d+) ms$/,
    '$1, thiết bị $2: truyền không xong trong $3 ms',
  ],
  [
    /^(\S+), device (0x[0-9a-f]+): (?:EREMOTEIO|ENXIO)\b.*$/,
    '$1, thiết bị $2 không trả lời: kiểm tra nguồn và dây ($&)',
  ],
  [/^(\S+), device (0x[0-9a-f]+): .*$/, '$1, thiết bị $2 bị lỗi ($&)'],
  [/^(\S+) cannot be used: (.*)$/, '$1 không dùng được ($2)'],
];

/** Sentences about what is broken: cameras and their programs, buses, files. */
export const carTroubles: Required<CarWords> = {
  names: [
    [/\bthe USB camera (?=\/)/, 'camera USB '],
    [/\bthe CSI camera (?=\d)/, 'camera CSI '],
    [/\bthe network camera (?=rtsp)/, 'camera mạng '],
    [/\bthe video (?=\S+ )/, 'video '],
    [/\bthe camera program (?=")/, 'chương trình camera '],
    [/\bthe simulated camera\b/, 'camera mô phỏng'],
    [/\bthe test picture\b/, 'hình thử'],
  ],
  sentences: {
    'This computer is too busy: close other programs': 'Máy quá bận: hãy tắt chương trình khác',
    'Check the USB plug; a C270 works, some 720p cameras stall the bus':
      'Kiểm tra đầu cắm USB; C270 dùng được, vài camera 720p làm treo bus',
    'Check the ribbon cable; sudo systemctl restart nvargus-daemon':
      'Kiểm tra cáp dẹt; sudo systemctl restart nvargus-daemon',
    'Check the network to the camera': 'Kiểm tra mạng đến camera',
    'its last words': 'lời cuối của nó',
    'the motor board is being started': 'mạch động cơ đang khởi động',
    'neutral is held until the speed controller has armed': 'giữ số không cho đến khi bộ điều tốc sẵn sàng',
    'motor control does not report': 'bộ điều khiển động cơ không báo gì',
  },
  patterns: [
    ...cameraPatterns,
    [
      /^(.+) is not installed or not in PATH\. Change camera\.source or --camera$/,
      '$1 chưa được cài hoặc không có trong PATH. Đổi camera.source hoặc --camera',
    ],
    [
      /^(.+) cannot be started \((\w+)\)\. Change camera\.source or --camera$/,
      'Không chạy được $1 ($2). Đổi camera.source hoặc --camera',
    ],
    [/^(.+) was ended$/, 'Đã tắt $1'],
    [/^(.+) ended \(exit code (\d+)\)$/, '$1 đã tắt (mã $2)'],
    [/^(.+) ended \(signal (\w+)\)$/, '$1 đã tắt (tín hiệu $2)'],
    [/^(.+) ended \(exit code (\d+)\) without a picture$/, '$1 đã tắt (mã $2), chưa có hình nào'],
    [/^(.+) ended \(signal (\w+)\) without a picture$/, '$1 đã tắt (tín hiệu $2), chưa có hình nào'],
    [
      /^(.+) ended \((?:exit code|signal) (\w+)\) in the middle of a frame \((\d+) of (\d+) bytes\): is its picture (\d+x\d+) RGB\?$/,
      '$1 đã tắt ($2) giữa một hình ($3 trên $4 byte): hình của nó có phải $5 RGB?',
    ],
    ...buses,
    ...system,
  ],
};

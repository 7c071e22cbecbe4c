import type { PageTexts } from '../en/page.ts';

export const page: PageTexts = {
  languageName: 'Tiếng Việt',
  screens: { drive: 'Lái', telemetry: 'Số liệu', setUp: 'Cài đặt' },
  screenNavigation: 'Màn hình',
  loadingScreen: 'Đang tải…',
  screenNotLoaded: 'Không tải được phần này của trang. Xe đã bật chưa?',
  tryAgain: 'Thử lại',
  pairing: {
    title: 'Ghép đôi với xe',
    removed: 'Xe không còn biết thiết bị này: nó đã bị gỡ. Xe đã dừng.',
    open: 'Xe hiện một mã: trên màn hình dòng lệnh, trong nhật ký hoặc trên màn hình của xe. Nhập mã vào đây.',
    closed: 'Ghép đôi đang đóng. Ở xe, bấm nút hoặc chạy: jetson-car pair',
    codeIs: 'Mã cho thiết bị khác:',
    code: 'Mã',
    name: 'Tên thiết bị này',
    defaultName: 'Điện thoại của tôi',
    go: 'Ghép đôi',
    fingerprint: 'SHA-256 của chứng chỉ của xe:',
    refusals: {
      'wrong-code': () => 'Đây không phải mã mà xe đang hiện.',
      'pairing-closed': () => 'Ghép đôi đang đóng: hãy mở ở xe.',
      'too-many-tries': (minutes) => `Thử quá nhiều lần. Đợi ${minutes} phút.`,
      'too-many-devices': () => 'Đã ghép quá nhiều thiết bị. Hãy xóa bớt trên điện thoại đang lái.',
      'bad-name': () => 'Tên phải là một dòng có 1 đến 40 ký tự.',
      'no-answer': () => 'Xe không trả lời. Xe đã bật chưa?',
    },
  },
  connections: {
    connecting: 'Đang kết nối…',
    connected: 'Đã kết nối',
    lost: 'Mất, đang thử lại…',
    replaced: 'Đã mở ở nơi khác',
  },
  close: 'Đóng',
  notNow: 'Để sau',
};

/** One festival of the demo: what differs from one to the next. */
export type DemoFestival = {
  slug: string
  title: string
  location: string
  description: string
  facilities: readonly string[]
  price: number
  capacity: number
  refundable: boolean
  startsInDays: number
  lastsDays: number
  timeZone: 'Asia/Jakarta' | 'Asia/Makassar' | 'Asia/Jayapura'
}

export const demoFestivals: readonly DemoFestival[] = [
  {
    slug: 'danau-toba',
    title: 'Festival Danau Toba',
    location: 'Parapat, Sumatera Utara',
    description:
      'Tiga hari di tepi danau vulkanik terbesar di dunia: lomba solu bolon, tortor di dermaga, dan paduan suara Batak saat matahari terbenam.',
    facilities: ['Area parkir', 'Toilet', 'Dermaga perahu', 'Pusat kuliner Batak', 'Pos kesehatan'],
    price: 150_000,
    capacity: 8_000,
    refundable: true,
    startsInDays: 21,
    lastsDays: 3,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'krakatau',
    title: 'Festival Krakatau',
    location: 'Bandar Lampung, Lampung',
    description:
      'Pawai tuping dan kain tapis berjalan dari pusat kota ke pantai, ditutup pelayaran melihat Anak Krakatau dari jarak aman.',
    facilities: ['Area parkir', 'Toilet', 'Kapal wisata', 'Pemandu', 'Pos kesehatan'],
    price: 120_000,
    capacity: 6_000,
    refundable: false,
    startsInDays: 28,
    lastsDays: 2,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'sriwijaya',
    title: 'Festival Sriwijaya',
    location: 'Palembang, Sumatera Selatan',
    description:
      'Perahu hias menyusuri Sungai Musi, Gending Sriwijaya ditarikan di Benteng Kuto Besak, dan pempek dibuat di depan pengunjung.',
    facilities: ['Toilet', 'Musala', 'Pusat kuliner', 'Tribun penonton'],
    price: 75_000,
    capacity: 10_000,
    refundable: true,
    startsInDays: 35,
    lastsDays: 4,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'muaro-jambi',
    title: 'Malam Candi Muaro Jambi',
    location: 'Muaro Jambi, Jambi',
    description:
      'Kompleks candi bata dibuka malam hari dengan ribuan pelita, musik krinok, dan cerita tentang para pelajar yang dulu berlayar ke sini.',
    facilities: ['Sepeda sewa', 'Toilet', 'Pemandu', 'Area piknik'],
    price: 90_000,
    capacity: 5_000,
    refundable: true,
    startsInDays: 42,
    lastsDays: 1,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'pacu-jalur',
    title: 'Pesta Pacu Jalur',
    location: 'Kuantan Singingi, Riau',
    description:
      'Perahu panjang dengan puluhan pendayung beradu di Batang Kuantan, diiringi meriam karbit dan sorak dari kedua tepian.',
    facilities: ['Tribun penonton', 'Toilet', 'Warung makan', 'Pos kesehatan'],
    price: 60_000,
    capacity: 15_000,
    refundable: false,
    startsInDays: 49,
    lastsDays: 5,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'ondel-ondel',
    title: 'Pekan Ondel-Ondel',
    location: 'Jakarta Pusat, DKI Jakarta',
    description:
      'Seratus ondel-ondel berbaris bersama gambang kromong dan palang pintu, sementara kerak telor mengepul di sepanjang jalan.',
    facilities: ['Akses kursi roda', 'Toilet', 'Musala', 'Pusat kuliner Betawi', 'Wi-Fi'],
    price: 50_000,
    capacity: 20_000,
    refundable: true,
    startsInDays: 56,
    lastsDays: 2,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'angklung-priangan',
    title: 'Angklung Priangan Raya',
    location: 'Bandung, Jawa Barat',
    description:
      'Lima ribu angklung dibagikan di pintu masuk; setelah satu jam latihan, seluruh penonton menjadi orkes.',
    facilities: ['Akses kursi roda', 'Toilet', 'Musala', 'Penitipan barang'],
    price: 110_000,
    capacity: 5_000,
    refundable: true,
    startsInDays: 63,
    lastsDays: 1,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'kabut-dieng',
    title: 'Festival Kabut Dieng',
    location: 'Dieng, Jawa Tengah',
    description:
      'Anak-anak berambut gimbal dicukur dalam upacara ruwatan, lampion dilepas ke udara dingin, dan jazz dimainkan di antara kabut.',
    facilities: ['Area berkemah', 'Toilet', 'Penyewaan jaket', 'Minuman hangat', 'Pos kesehatan'],
    price: 250_000,
    capacity: 7_000,
    refundable: false,
    startsInDays: 70,
    lastsDays: 3,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'gamelan-kota',
    title: 'Gamelan Masuk Kota',
    location: 'Yogyakarta, DI Yogyakarta',
    description:
      'Kelompok gamelan dari kampung, keraton, dan kampus bermain bergiliran semalam suntuk di halaman Pagelaran.',
    facilities: ['Lesehan', 'Toilet', 'Musala', 'Angkringan'],
    price: 85_000,
    capacity: 6_000,
    refundable: true,
    startsInDays: 77,
    lastsDays: 2,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'kasada-bromo',
    title: 'Jazz di Kaki Bromo',
    location: 'Probolinggo, Jawa Timur',
    description:
      'Panggung terbuka menghadap kaldera, musik dimulai sebelum senja dan berakhir ketika bintang memenuhi langit Tengger.',
    facilities: ['Antar-jemput jip', 'Toilet', 'Minuman hangat', 'Penyewaan jaket'],
    price: 475_000,
    capacity: 5_000,
    refundable: true,
    startsInDays: 84,
    lastsDays: 2,
    timeZone: 'Asia/Jakarta',
  },
  {
    slug: 'layang-sanur',
    title: 'Festival Layang-Layang Sanur',
    location: 'Denpasar, Bali',
    description:
      'Layang-layang bebean, janggan, dan pecukan setinggi rumah diterbangkan banjar demi banjar di atas Pantai Padang Galak.',
    facilities: ['Area parkir', 'Toilet', 'Tempat teduh', 'Warung makan'],
    price: 65_000,
    capacity: 12_000,
    refundable: false,
    startsInDays: 91,
    lastsDays: 3,
    timeZone: 'Asia/Makassar',
  },
  {
    slug: 'bau-nyale',
    title: 'Malam Bau Nyale',
    location: 'Lombok Tengah, Nusa Tenggara Barat',
    description:
      'Menunggu fajar di Pantai Seger untuk menangkap nyale, sambil mendengar kisah Putri Mandalika dan tabuhan gendang beleq.',
    facilities: ['Area berkemah', 'Toilet', 'Warung makan', 'Pos kesehatan'],
    price: 70_000,
    capacity: 9_000,
    refundable: true,
    startsInDays: 98,
    lastsDays: 2,
    timeZone: 'Asia/Makassar',
  },
  {
    slug: 'tenun-sumba',
    title: 'Pekan Tenun Sumba',
    location: 'Waingapu, Nusa Tenggara Timur',
    description:
      'Para penenun mengajarkan ikat dan celup alami, kuda sandel berpacu di sore hari, dan padang sabana menjadi panggung.',
    facilities: ['Lokakarya', 'Toilet', 'Area berkemah', 'Pemandu'],
    price: 180_000,
    capacity: 5_000,
    refundable: true,
    startsInDays: 105,
    lastsDays: 4,
    timeZone: 'Asia/Makassar',
  },
  {
    slug: 'erau-mahakam',
    title: 'Erau Tepian Mahakam',
    location: 'Tenggarong, Kalimantan Timur',
    description:
      'Naga diturunkan ke Sungai Mahakam, tarian Kutai dan Dayak bergantian, lalu semua orang basah dalam belimbur.',
    facilities: ['Tribun penonton', 'Toilet', 'Ruang ganti', 'Pusat kuliner'],
    price: 95_000,
    capacity: 8_000,
    refundable: false,
    startsInDays: 112,
    lastsDays: 5,
    timeZone: 'Asia/Makassar',
  },
  {
    slug: 'layar-bunaken',
    title: 'Festival Layar Bunaken',
    location: 'Manado, Sulawesi Utara',
    description:
      'Lomba perahu layar tradisional, menyelam bersama pemandu taman laut, dan malam cakalang bakar dengan musik kolintang.',
    facilities: ['Penyewaan alat selam', 'Toilet', 'Kapal wisata', 'Pos kesehatan'],
    price: 325_000,
    capacity: 5_000,
    refundable: true,
    startsInDays: 119,
    lastsDays: 3,
    timeZone: 'Asia/Makassar',
  },
  {
    slug: 'lembah-baliem',
    title: 'Festival Lembah Baliem',
    location: 'Wamena, Papua Pegunungan',
    description:
      'Suku Dani, Lani, dan Yali bertemu dalam pertunjukan perang adat, bakar batu, dan musik pikon di lembah yang dikelilingi gunung.',
    facilities: ['Pemandu', 'Toilet', 'Area berkemah', 'Pos kesehatan'],
    price: 400_000,
    capacity: 5_000,
    refundable: true,
    startsInDays: 126,
    lastsDays: 3,
    timeZone: 'Asia/Jayapura',
  },
]

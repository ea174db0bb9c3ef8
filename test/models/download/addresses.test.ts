import { describe, expect, it } from 'vitest'
import { parseAddress, reachOf } from '../../../src/models/download/addresses.ts'

describe('an address leads', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '192.0.1.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:830::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('to the internet: %s', (address) => {
    expect(reachOf(address)).toBe('public')
  })

  it.each([
    ['this network', '0.0.0.0'],
    ['a private network', '10.1.2.3'],
    ['a private network', '172.16.0.1'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.0.1'],
    ['the machine itself', '127.0.0.1'],
    ['the machine itself', '127.255.255.254'],
    ['the link', '169.254.1.1'],
    ['a carrier', '100.64.0.1'],
    ['a carrier', '100.127.255.255'],
    ['protocols', '192.0.0.8'],
    ['documentation', '203.0.113.7'],
    ['benchmarks', '198.19.255.255'],
    ['many', '224.0.0.1'],
    ['nobody', '240.0.0.1'],
    ['all', '255.255.255.255'],
    ['nobody', '::'],
    ['the machine itself', '::1'],
    ['the link', 'fe80::1'],
    ['the link, by a door', 'fe80::1%eth0'],
    ['a site', 'fec0::1'],
    ['a private network', 'fc00::1'],
    ['a private network', 'fdff:ffff::1'],
    ['many', 'ff02::1'],
    ['nowhere', '100::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['a tunnel (Teredo)', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['a tunnel (6to4)', '2002:c0a8:101::1'],
    ['a tunnel (6to4)', '2002:808:808::1'],
    ['an old guise of IPv4', '::127.0.0.1'],
    ['the machine itself, mapped', '::ffff:127.0.0.1'],
    ['the machine itself, mapped', '::ffff:7f00:1'],
    ['a private network, mapped', '0:0:0:0:0:ffff:a00:1'],
    ['a private network by NAT64', '64:ff9b::10.0.0.1'],
    ['a NAT64 of one network', '64:ff9b:1::808:808'],
    ['nowhere, as it is no address', 'example.com'],
    ['nowhere, as it is no address', '1.2.3'],
    ['nowhere, as it is no address', '1.2.3.256'],
    ['nowhere, as it is no address', ''],
  ])('to %s: %s', (_where, address) => {
    expect(reachOf(address)).toBe('local')
  })

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
    'FD00:0EC2:0000::0254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '2001:0:1::5601:5601', // Teredo turns the bits around
    '2a00:1450:a9fe:a9fe::',
  ])('to credentials: %s', (address) => {
    expect(reachOf(address)).toBe('metadata')
  })

  it('is read in all its spellings, and nothing else is', () => {
    expect(parseAddress('1::2')).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    expect(parseAddress('1:2:3:4:5:6:1.2.3.4')).toEqual(parseAddress('1:2:3:4:5:6:102:304'))
    for (const text of [
      '1::2::3',
      '1:2:3',
      '::1:2:3:4:5:6:7:8',
      'g::',
      '12345::',
      ':1',
      '1.2.3.4:5::',
    ])
      expect(parseAddress(text), text).toBeUndefined()
  })
})

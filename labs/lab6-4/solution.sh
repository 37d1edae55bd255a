# 호스트의 디렉터리
mkdir site
echo '호스트에서 쓴 글' > site/index.html

# 컨테이너 안에서 그대로 보인다
docker run -d --name web -v /lab/site:/site alpine:latest sleep 600
docker exec web cat /site/index.html

# 컨테이너가 쓰면 호스트에서 보인다
docker exec web sh -c "echo '컨테이너에서 쓴 글' > /site/from-container.txt"
cat site/from-container.txt

# 호스트가 고치면 컨테이너에서 보인다
echo '호스트에서 고친 글' > site/index.html
docker exec web cat /site/index.html

# 레이어에 쓴 파일만 docker diff에 나온다
docker exec web sh -c "echo '레이어에 쓴 글' > /root/own.txt"
docker diff web

# 컨테이너가 사라져도 호스트의 파일은 남는다
docker rm -f web
ls site
